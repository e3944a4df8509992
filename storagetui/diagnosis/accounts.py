"""What the API server answers a component of a driver whose service account lacks a right."""

import re

FORBIDDEN = re.compile(
    r'is forbidden: User "system:serviceaccount:(?P<account>[^"]{1,200})" cannot (?P<verb>\w+) resource '
    r'"(?P<resource>[^"]{1,100})"(?: in API group "(?P<group>[^"]{0,100})")?'
)
"""k8s.io/apiserver: pkg/endpoints/handlers/responsewriters/errors.go."""


def account_words(match: re.Match[str]) -> str:
    """Who may not do what, in a sentence."""
    namespace, _, name = match["account"].partition(":")
    group = f" of {match['group']}" if match["group"] else ""
    return f"Service account {name} in namespace {namespace} may not {match['verb']} {match['resource']}{group}."
