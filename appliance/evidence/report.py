"""The report of a package as a PDF, in the office's language: for somebody who was not there and knows no telephony."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.evidence.dossier import Dossier, Sound, Source, Told
from appliance.evidence.keys import grouped
from appliance.evidence.packing import Entry, sum_of
from appliance.evidence.paper import NoFont, Paper
from appliance.evidence.types import ClockState
from appliance.i18n.catalog import text

__all__ = ["NoFont", "report"]

_END = 3


def report(dossier: Dossier, sounds: Sequence[Sound], names: dict[Source, str], facts: Entry) -> bytes:
    """Return the PDF. `facts` is evidence.json, whose checksum it names. Raises NoFont."""
    return _Report(dossier, names).written(sounds, facts)


class _Report:
    """One report while it is written."""

    def __init__(self, dossier: Dossier, names: dict[Source, str]) -> None:
        self._dossier = dossier
        self._names = names
        foot = self._t("report.foot", id=dossier.id, fingerprint=grouped(dossier.key.fingerprint)[:39])
        self._paper = Paper(self._t("report.title"), foot, dossier.language)

    def written(self, sounds: Sequence[Sound], facts: Entry) -> bytes:
        """Write everything, in the order in which it is read."""
        dossier, paper = self._dossier, self._paper
        right = (dossier.office, self._t("report.id", id=dossier.id), self._moment(dossier.made_ms))
        paper.head(self._t("report.title"), self._t("report.sub"), [line for line in right if line])
        paper.banner(self._summary())
        self._call()
        self._warnings()
        self._timeline()
        self._sounds(sounds)
        self._clock()
        self._proof(facts)
        return paper.done()

    def _t(self, key: str, /, **params: object) -> str:
        return text(self._dossier.language, f"evidence.{key}", **params)

    def _moment(self, ms: int, form: str = "%Y-%m-%d %H:%M:%S") -> str:
        return self._dossier.at(ms).strftime(form) if ms else ""

    def _length(self, ms: int) -> str:
        minutes, seconds = divmod(ms / 1000, 60)
        return f"{int(minutes)}:{seconds:04.1f}"

    def _word(self, beginning: str, value: str) -> str:
        return text(self._dossier.language, f"{beginning}{value}") if value else ""

    def _summary(self) -> str:
        told = self._dossier.told
        warned = sum(one.stage < _END for one in told)
        ended = next((one for one in told if one.stage == _END), None)
        if ended is not None:
            key = "report.ended" if warned else "report.ended_at_once"
            return self._t(key, n=warned, reason=self._word("call.reason.", ended.reason))
        return self._t("report.warned", n=warned) if warned else self._t("report.no_warning")

    def _call(self) -> None:
        call, dossier = self._dossier.call, self._dossier
        self._paper.section(self._t("report.call"))
        number = call.number or self._word("evidence.number.", call.presentation)
        talk_ms = call.ended_ms - call.answered_ms if call.answered_ms else 0
        far = " ".join((number, f"({call.customer})" if call.customer else "")).strip()
        self._paper.facts(
            (
                (self._t("report.far"), far),
                (self._t("report.direction"), self._word("call.direction.", call.direction)),
                (self._t("report.line"), call.line),
                (self._t("report.agent"), call.agent),
                (self._t("report.started"), self._moment(call.started_ms)),
                (self._t("report.answered"), self._moment(call.answered_ms)),
                (self._t("report.finished"), self._moment(call.ended_ms)),
                (self._t("report.talk"), self._length(talk_ms) if talk_ms else ""),
                (self._t("report.result"), self._word("call.result.", call.result)),
                (self._t("report.call_id"), call.id),
                (self._t("report.exported_by"), dossier.made_by),
                (self._t("report.exported"), self._moment(dossier.made_ms)),
            )
        )
        self._paper.wide_facts(((self._t("report.reason"), dossier.reason),))

    def _warnings(self) -> None:
        if not self._dossier.told:
            return
        self._paper.section(self._t("report.warnings"))
        heads = [self._t(f"report.head.{name}") for name in ("time", "stage", "why", "pressed", "played", "sent")]
        self._paper.rows(heads, [self._warning(one) for one in self._dossier.told], (14, 14, 12, 18, 21, 21))
        self._paper.words(self._t("report.warnings_how"), faint=True)

    def _warning(self, told: Told) -> list[str]:
        heard = self._dossier.heard(told)
        sent = (
            f"{self._names[heard].rpartition('/')[2]}\n{self._length(heard.duration_ms)}"
            if heard in self._names
            else "–"
        )
        who = told.agent if told.agent.startswith(told.by) else f"{told.by}\n{told.agent}".strip()
        return [
            self._moment(told.at_ms, "%H:%M:%S"),
            self._word("abuse.stage.", str(told.stage)),
            self._word("call.reason.", told.reason),
            who,
            told.said or self._t("report.nothing_played"),
            sent,
        ]

    def _timeline(self) -> None:
        self._paper.section(self._t("report.timeline"))
        start = self._dossier.call.started_ms
        rows = [
            [self._moment(line.at_ms, "%H:%M:%S"), f"+{self._length(max(0, line.at_ms - start))}", line.text]
            for line in self._dossier.timeline
        ]
        self._paper.rows([self._t(f"report.head.{name}") for name in ("time", "after", "what")], rows, (13, 12, 75))

    def _sounds(self, sounds: Sequence[Sound]) -> None:
        self._paper.section(self._t("report.sounds"))
        if not sounds:
            self._paper.words(self._t("report.no_sounds"))
            return
        rows = [
            [
                one.file.removeprefix("audio/"),
                self._t(f"sound.{one.what}"),
                self._moment(one.started_ms, "%H:%M:%S.%f")[:-3],
                self._length(one.duration_ms),
            ]
            for one in sounds
        ]
        heads = [self._t(f"report.head.{name}") for name in ("file", "content", "begins", "length")]
        self._paper.rows(heads, rows, (26, 44, 18, 12))

    def _clock(self) -> None:
        self._paper.section(self._t("report.clock"))
        facts = [(self._t("report.zone"), self._dossier.zone)]
        if self._dossier.clock_then is not None:
            facts.append((self._t("report.clock_then"), self._state(self._dossier.clock_then)))
        facts.append((self._t("report.clock_now"), self._state(self._dossier.clock)))
        self._paper.wide_facts(facts)

    def _state(self, clock: ClockState) -> str:
        if clock.synchronised:
            return self._t("clock.yes", offset=f"{clock.offset_ms:+.3f}", error=f"{clock.error_ms:.0f}")
        return self._t("clock.unknown" if clock.synchronised is None else "clock.no")

    def _proof(self, facts: Entry) -> None:
        paper = self._paper
        paper.section(self._t("report.proof"))
        paper.words(self._t("report.proof_how"))
        rows = [(facts.name, sum_of(facts.contents))]
        recording = next((one for one in self._dossier.sources if one.what == "recording"), None)
        if recording is not None:
            rows.append((self._t("report.sum_then"), recording.sha256))
        rows.append((self._t("report.fingerprint"), grouped(self._dossier.key.fingerprint)))
        paper.wide_facts(rows)
        paper.words(self._t("report.law"), faint=True)
