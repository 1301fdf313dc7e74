"""What is played to legs: announcements, music, the ringback tone; each ends once, heard out or not.

Knows legs by their names only, and that `joiner.py` leads each sound to them.
"""

from __future__ import annotations

from collections.abc import Callable

from sip import api
from sip.voice.worker.joiner import Joiner, Kind, Plug
from sip.voice.worker.media import Mixer, Player, ringback
from sip.voice.worker.tracks import Tracks


class Plays:
    """Everything that is being played in one conversation."""

    def __init__(
        self,
        mixer: Mixer,
        joiner: Joiner,
        tracks: Tracks,
        tell: Callable[[api.Fact], None],
        rewire: Callable[[], None],
    ) -> None:
        """`rewire` leads all sounds to where `joiner` says that they belong."""
        self._mixer = mixer
        self._joiner = joiner
        self._tracks = tracks
        self._tell = tell
        self._rewire = rewire
        self._begun: set[str] = set()

    def has_begun(self, play: str) -> bool:
        """Say whether a sound is played, or was."""
        return play in self._begun

    def start(self, order: api.Play) -> None:
        """Play something. Raises CannotPlay, pj.Error."""
        sound = ringback() if order.file == api.RINGBACK else self._player(order)
        self._begun.add(order.play)
        self._mixer.plug(Plug(Kind.PLAY, order.play), sound)
        self._joiner.plays[order.play] = order.legs
        if order.kept:
            self._tracks.order(order.play, on=True, sounds=True)
        if order.sent_to:
            track = api.sent_track(order.play)
            self._joiner.sent[track] = order.sent_to
            self._tracks.order(track, on=True, sounds=True)
        self._rewire()

    def _player(self, order: api.Play) -> Player:
        return Player(order.file, loop=order.loop, ended=lambda: self.stop(order.play, whole=True))

    def stop(self, play: str, *, whole: bool = False) -> None:
        """End a sound, of which `whole` tells whether it was heard out. Repeating is harmless."""
        if self._joiner.plays.pop(play, None) is None:
            return
        for track in (play, api.sent_track(play)):
            self._joiner.recorded.discard(track)
            self._joiner.sent.pop(track, None)
            self._tracks.end(track)
        self._rewire()
        self._mixer.unplug(Plug(Kind.PLAY, play))
        self._tell(api.PlayEnded(play, whole))

    def stop_unheard(self) -> None:
        """End what nobody hears any more."""
        for play in [name for name, legs in self._joiner.plays.items() if not legs]:
            self.stop(play)
