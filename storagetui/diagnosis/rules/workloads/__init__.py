"""What a Deployment does with a claim that it should not."""
