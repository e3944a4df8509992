"""The tree of errors.

StorageTuiError
├── SettingsError           a settings file or option that cannot be used
├── KubeconfigError         no usable cluster, user or context
├── CredentialsError        a credential that could not be obtained or refreshed
├── DumpError               a file that should hold a cluster's objects and does not
└── ApiError (kube/errors.py)
    ├── ConnectionLost      no answer, or an answer that broke off
    └── StatusError         an answer that says no: one class for each status that somebody handles
"""


class StorageTuiError(Exception):
    """Anything the user should be told in a sentence rather than in a traceback."""


class SettingsError(StorageTuiError):
    """A setting or option cannot be used; the message names it and says what would be accepted."""


class KubeconfigError(StorageTuiError):
    """No usable cluster, user or context; the message names the file and the entry."""


class CredentialsError(StorageTuiError):
    """A credential could not be obtained; the message says from where and never holds the credential."""


class DumpError(StorageTuiError):
    """A file cannot be read as objects of a cluster; the message names it and says what would be."""
