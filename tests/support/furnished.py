"""What every office of a test has: extensions 101 to 103, one trunk, one number, an admin and two agents."""

from __future__ import annotations

from appliance.access.types import Role, SetUpForm, SignedIn, UserDraft
from appliance.crm.types import Customer, CustomerDraft
from appliance.lines.types import OwnNumber, RingGroup, Trunk
from appliance.services import Services

MAIN_NUMBER = "+82212345678"
PASSWORD = "a good long password"


class Furnished:
    """The panel of an office; who calls there, and how, is for others to say."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.bus = services.bus
        self.address = ""
        self.trunk = ""

    @property
    def now(self) -> int:
        return self.services.clock.now_ms()

    async def furnish(self) -> None:
        """Make what every office has."""
        lines = self.services.lines
        for number, name in (("101", "김하늘"), ("102", "박도윤"), ("103", "이서연")):
            await lines.add_extension(number, name)
        trunk = await lines.add_trunk(Trunk("", "KT 인터넷전화", "register", "sip.example.com", username="u"), "secret")
        await lines.add_number(OwnNumber(MAIN_NUMBER, "대표번호", trunk.id, "main"))
        main = next(group for group in await lines.groups() if group.id == "main")
        await lines.change_group(RingGroup(main.id, "고객지원", everyone=True, members=()))
        self.trunk = trunk.id
        access = self.services.access
        code = access.setup_code()
        form = SetUpForm("admin", "관리자", PASSWORD, "소리상사", "ko", "Asia/Seoul", "02")
        self.admin = await access.set_up(code, form)
        for login, name, extension in (("haneul", "김하늘", "101"), ("doyun", "박도윤", "102")):
            await access.add_user(UserDraft(login, name, Role.AGENT, extension, "ko"), PASSWORD)

    async def sign_in(self, login: str, language: str = "", theme: str = "") -> SignedIn:
        """Sign somebody in as they would in a browser, past the first change of password."""
        access = self.services.access
        signed_in = await access.sign_in(login, PASSWORD, "127.0.0.1", "test")
        if signed_in.user.must_change_password:
            await access.change_password(signed_in.user.id, PASSWORD, PASSWORD + "!", keep=signed_in.token)
            signed_in = await access.sign_in(login, PASSWORD + "!", "127.0.0.1", "test")
        if language or theme:
            await access.set_preferences(signed_in.user.id, language=language or None, theme=theme or None)
        return signed_in

    async def customer(self, name: str, number: str, company: str = "", memo: str = "") -> Customer:
        return await self.services.customers.save(CustomerDraft(None, name, company, (number,), memo))
