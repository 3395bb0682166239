"""What stops a run. Trouble with one row, host or image is data and never raised.

AuditorError              exit 2: the run couldn't begin
├── FeedError             a feed that can't be opened, recognised or read on
│   └── NoFeedError       a file that is something else; among others in a folder or an archive it is left out
├── SettingsError         a flag, policy or text catalogue that makes no sense
├── PictureError          a file named as a picture that can't be opened or read
├── ReportError           a report that can't be written
├── StateError            a state file that can't be opened, read or written
├── ProxyError            a proxy that can't be reached or wants other credentials
├── OutageError           exit 3: no host answers any more, which is no fault of theirs
├── LimitError            a limit of the user's own that ends a run: time, failures
└── IncompleteError       exit 3: one of the above, once the run had begun
"""

from typing import Any


class Sentence:
    """A sentence in English, with {placeholders} for its values, that a catalogue of texts may say in another language.

    Values may be sentences themselves. Without values it is said as it stands.
    """

    __slots__ = ("template", "values")

    def __init__(self, template: str, /, **values: object) -> None:
        self.template = template
        self.values = values

    def __str__(self) -> str:
        return self.template.format(**self.values) if self.values else self.template

    def __repr__(self) -> str:
        return repr(str(self))


class AuditorError(Exception):
    """One clear sentence for the user: what stops the run, and what to do. As text it is English."""

    exit_code = 2

    def __init__(self, template: str, /, **values: object) -> None:
        self.sentence = Sentence(template, **values)
        super().__init__(self.sentence)

    def __reduce__(self) -> Any:
        """Pickle the sentence, which a worker may have to say to the program."""
        return _again, (type(self), self.sentence)


def _again(kind: type[AuditorError], sentence: Sentence) -> AuditorError:
    return kind(sentence.template, **sentence.values)


def reason(error: Exception) -> Sentence:
    """Return what the system or a library gives as reason, in its own words; a catalogue knows the commonest."""
    return Sentence(getattr(error, "strerror", None) or str(error))


class FeedError(AuditorError):
    """A feed can't be opened, recognised or read to its end."""


class NoFeedError(FeedError):
    """A file is no feed of images at all, but something else."""


class PictureError(AuditorError):
    """A file that was named as a picture can't be opened or read."""


class SettingsError(AuditorError):
    """A setting, a policy or a text catalogue makes no sense."""


class ReportError(AuditorError):
    """A report can't be written."""


class StateError(AuditorError):
    """A state file can't be opened, read or written. It is never repaired or replaced behind the user's back."""


class ProxyError(AuditorError):
    """The proxy itself can't be used; no host is to blame."""


class OutageError(AuditorError):
    """No host answers any more, for longer than a run waits."""

    exit_code = 3


class LimitError(AuditorError):
    """A limit that the user has set for the whole run is reached."""

    exit_code = 3


class IncompleteError(AuditorError):
    """A run that had begun can't go on; what it found so far stays in the part files."""

    exit_code = 3
