"""Who asks, and what they may do: users with tokens, and a small table of rules in the manner of RBAC.

Source of the sentences: k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go; of what every user may do:
the cluster roles system:discovery, system:basic-user and system:public-info-viewer.
"""

from collections.abc import Mapping

import msgspec

from storagetui.sim import refusal
from storagetui.sim.refusal import Refusal
from storagetui.sim.wire import Json

AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"
MASTERS = "system:masters"
READ = ("get", "list", "watch")
WRITE = ("create", "delete", "deletecollection", "patch", "update")


class User(msgspec.Struct, frozen=True):
    """Somebody who asks."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""


ANONYMOUS = User("system:anonymous", (UNAUTHENTICATED,))


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to do: with a resource, or with a path that is none."""

    verb: str
    group: str = ""
    resource: str = ""
    """The plural; empty for a path that is no resource."""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may do; `*` stands for everything."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...] = ("*",)
    resources: tuple[str, ...] = ()
    """Plurals, with `/subresource` where that is meant."""
    names: tuple[str, ...] = ()
    """Only objects of these names; none for all."""
    namespace: str = ""
    """Only in this namespace; empty for the whole cluster."""
    paths: tuple[str, ...] = ()
    """Paths that are no resources; a `*` at the end stands for the rest."""

    def allows(self, wish: Wish) -> bool:
        """Whether this rule alone allows it."""
        if not _among(wish.verb, self.verbs):
            return False
        if not wish.resource:
            return any(_path_matches(pattern, wish.path) for pattern in self.paths)
        if self.namespace and self.namespace != wish.namespace:
            return False
        resource = f"{wish.resource}/{wish.subresource}" if wish.subresource else wish.resource
        named = not self.names or wish.name in self.names
        return named and _among(wish.group, self.groups) and _among(resource, self.resources)


_REVIEWS = ("selfsubjectaccessreviews", "selfsubjectrulesreviews")
_EVERYBODY: dict[str, tuple[Rule, ...]] = {
    AUTHENTICATED: (
        Rule(verbs=("create",), groups=("authorization.k8s.io",), resources=_REVIEWS),
        Rule(verbs=("create",), groups=("authentication.k8s.io",), resources=("selfsubjectreviews",)),
        Rule(verbs=("get",), paths=("/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*")),
        Rule(verbs=("get",), paths=("/healthz", "/livez", "/readyz", "/version", "/version/")),
    ),
    UNAUTHENTICATED: (Rule(verbs=("get",), paths=("/healthz", "/livez", "/readyz", "/version", "/version/")),),
    MASTERS: (Rule(verbs=("*",), resources=("*",)), Rule(verbs=("*",), paths=("*",))),
}


class Access:
    """The users of the simulated cluster and their rights; both may change while it runs."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._rules: dict[str, tuple[Rule, ...]] = dict(_EVERYBODY)

    @property
    def users(self) -> Mapping[str, User]:
        """Every user by token."""
        return self._users

    def add(self, name: str, *rules: Rule, groups: tuple[str, ...] = (), token: str = "") -> str:
        """Make a user known with these rights; returns the token, which is made from the name unless given."""
        token = token or f"{name}-token"
        self._users[token] = User(name, (*groups, AUTHENTICATED), f"uid-of-{name}")
        self._rules[name] = rules
        return token

    def revoke(self, token: str) -> None:
        """Let a token expire: from now on it is nobody's, and 401 answers it."""
        self._users.pop(token, None)

    def grant(self, name: str, *rules: Rule) -> None:
        """Replace a user's, or a group's, rights."""
        self._rules[name] = rules

    def user_of(self, token: str) -> User:
        """The user that a token names. Refused with 401 for a token nobody has."""
        if token not in self._users:
            raise refusal.unauthorized()
        return self._users[token]

    def token_of(self, name: str) -> str:
        """The token of a user. Raises LookupError for a user nobody added."""
        for token, user in self._users.items():
            if user.name == name:
                return token
        raise LookupError(f"no user {name!r}; there are {', '.join(user.name for user in self._users.values())}")

    def rules_of(self, user: User) -> list[Rule]:
        """Every rule that holds for a user, by name and by group."""
        return [rule for name in (user.name, *user.groups) for rule in self._rules.get(name, ())]

    def allows(self, user: User, wish: Wish) -> bool:
        """Whether a user may do it."""
        return any(rule.allows(wish) for rule in self.rules_of(user))

    def check(self, user: User, wish: Wish) -> None:
        """Refuse with 403 what a user may not do."""
        if not self.allows(user, wish):
            raise denial(user, wish)


def denial(user: User, wish: Wish) -> Refusal:
    """The 403 for what a user may not do, in the real server's words."""
    if not wish.resource:
        return Refusal(403, "Forbidden", f'forbidden: User "{user.name}" cannot {wish.verb} path "{wish.path}"', {})
    resource = f"{wish.resource}/{wish.subresource}" if wish.subresource else wish.resource
    where = f'in the namespace "{wish.namespace}"' if wish.namespace else "at the cluster scope"
    why = f'User "{user.name}" cannot {wish.verb} resource "{resource}" in API group "{wish.group}" {where}'
    name = f"{wish.resource}.{wish.group}" if wish.group else wish.resource
    return refusal.forbidden(name, wish.name, why)


def usual(namespace: str = "default") -> Access:
    """The users that a simulated cluster has unless told otherwise.

    `admin` may do everything, `viewer` reads everything but secrets, `restricted` reads claims, pods, sets, classes and
    events, but no volumes, attachments or nodes, `tenant` does everything in `namespace` and nothing outside, `nobody`
    may log in and no more. Each one's token is the name and `-token`.
    """
    access = Access()
    access.add("admin", groups=(MASTERS,))
    access.add("viewer", *viewing())
    access.add("restricted", *restricted())
    access.add("tenant", Rule(verbs=("*",), resources=("*",), namespace=namespace))
    access.add("nobody")
    return access


def viewing() -> tuple[Rule, ...]:
    """The rules of one who reads everything but secrets."""
    spaces = ("configmaps", "events", "limitranges", "namespaces", "resourcequotas", "serviceaccounts", "services")
    core = (*spaces, "nodes", "persistentvolumeclaims", "persistentvolumes", "pods")
    groups = ("apps", "autoscaling", "batch", "coordination.k8s.io", "policy", "snapshot.storage.k8s.io")
    return (
        Rule(verbs=READ, groups=("",), resources=core),
        Rule(verbs=READ, groups=(*groups, "storage.k8s.io"), resources=("*",)),
    )


def restricted() -> tuple[Rule, ...]:
    """The rules of one who reads what runs in namespaces, and nothing of the cluster's storage below the claims."""
    core = ("persistentvolumeclaims", "pods", "events", "namespaces", "services")
    return (
        Rule(verbs=READ, groups=("",), resources=core),
        Rule(verbs=READ, groups=("apps",), resources=("statefulsets",)),
        Rule(verbs=READ, groups=("storage.k8s.io",), resources=("storageclasses",)),
    )


def rules_status(rules: list[Rule], namespace: str) -> Json:
    """The status of a SelfSubjectRulesReview: the rules that hold in a namespace."""
    resources = [
        {
            "verbs": list(rule.verbs),
            "apiGroups": list(rule.groups),
            "resources": list(rule.resources),
            **({"resourceNames": list(rule.names)} if rule.names else {}),
        }
        for rule in rules
        if rule.resources and rule.namespace in ("", namespace)
    ]
    paths = [{"verbs": list(rule.verbs), "nonResourceURLs": list(rule.paths)} for rule in rules if rule.paths]
    return {"resourceRules": resources, "nonResourceRules": paths, "incomplete": False}


def _among(item: str, allowed: tuple[str, ...]) -> bool:
    return "*" in allowed or item in allowed


def _path_matches(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern
