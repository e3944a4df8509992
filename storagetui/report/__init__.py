"""The front end without a screen: findings, one object and the catalogue as text, JSON or Markdown."""
