"""auditor: which product images of an inventory feed will never appear, why, and what to do.

As a library: `audit_feed` gives the audits of a feed one after another, `in_words` the texts of a finding, `codes` the
severity of each code. Settings and records are those of the program. Everything else is its inside and may change.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.errors import (
        AuditorError,
        FeedError,
        IncompleteError,
        PictureError,
        ProxyError,
        ReportError,
        SettingsError,
    )
    from auditor.library import Audits, audit_feed, codes, in_words
    from auditor.model import (
        Answered,
        Audit,
        BadRow,
        BadRowReason,
        Body,
        Cause,
        Code,
        Color,
        Corrupt,
        Doubt,
        Excess,
        Excessive,
        Finding,
        Flaw,
        Format,
        ImageInfo,
        ImageRef,
        Kind,
        Manner,
        NotAnImage,
        Page,
        Pixels,
        Probe,
        Severity,
        TlsFault,
        Undetermined,
        Unmeasured,
        Unreached,
        Verdict,
    )
    from auditor.settings import (
        DeepSettings,
        FeedSettings,
        FrontierSettings,
        FurtherSettings,
        Header,
        HostSettings,
        ProbeSettings,
        Proxy,
        ProxySettings,
        Settings,
    )
    from auditor.texts import Text

__all__ = [
    "Answered",
    "Audit",
    "AuditorError",
    "Audits",
    "BadRow",
    "BadRowReason",
    "Body",
    "Cause",
    "Code",
    "Color",
    "Corrupt",
    "DeepSettings",
    "Doubt",
    "Excess",
    "Excessive",
    "FeedError",
    "FeedSettings",
    "Finding",
    "Flaw",
    "Format",
    "FrontierSettings",
    "FurtherSettings",
    "Header",
    "HostSettings",
    "ImageInfo",
    "ImageRef",
    "IncompleteError",
    "Kind",
    "Manner",
    "NotAnImage",
    "Page",
    "PictureError",
    "Pixels",
    "Probe",
    "ProbeSettings",
    "Proxy",
    "ProxyError",
    "ProxySettings",
    "ReportError",
    "Settings",
    "SettingsError",
    "Severity",
    "Text",
    "TlsFault",
    "Undetermined",
    "Unmeasured",
    "Unreached",
    "Verdict",
    "audit_feed",
    "codes",
    "in_words",
]

# Where they live, what is quick to import first: the command imports this package and must not wait for all of it.
_HOMES = ("errors", "model", "settings", "texts", "library")

if not TYPE_CHECKING:  # a checker would take every name for one of ours

    def __getattr__(name: str) -> Any:
        if name in __all__:
            for home in _HOMES:
                module = import_module(f"{__name__}.{home}")
                if hasattr(module, name):
                    return globals().setdefault(name, getattr(module, name))
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
