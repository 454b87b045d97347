"""The page in a real browser: everything a person does in the workspace, by clicking and typing."""

import re
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.playground import demo
from bot.playground.demo import RunningWorkspace
from tests.playground.browsing import become, messages, opened, type_in
from tests.playground.driving import CARD, Driver, EchoApp

THEMES = ["light", "dark"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [1440, 390])
def test_the_life_of_a_request(
    chromium: Browser, running: RunningWorkspace, echo: EchoApp, width: int, theme: Literal["light", "dark"]
) -> None:
    """Dana asks, Olga sees the card and approves it after a confirmation, and the card changes in front of both."""
    with opened(chromium, running, width=width, theme=theme) as page:
        type_in(page, "/img card")
        expect(messages(page, "Remove redis:alpine?")).to_be_visible()
        become(page, "U0LEAD", "C0DEV")
        page.get_by_test_id("button-press").click()
        expect(page.get_by_test_id("confirm")).to_contain_text("Remove 1 image?")
        page.get_by_test_id("confirm-cancel").click()
        assert echo.received.qsize() == 1
        page.get_by_test_id("button-press").click()
        page.get_by_test_id("confirm-ok").click()
        expect(messages(page, "Pressed by @Olga")).to_be_visible()
        expect(page.get_by_test_id("button-press")).to_have_count(0)
        _fits(page, width)


def _fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_private_answers_are_private(page: Page, echo: EchoApp) -> None:
    """The answer to a command is marked as visible to its person only, and nobody else sees it."""
    type_in(page, "/img ls")
    answer = messages(page, "You said: ls")
    expect(answer).to_contain_text("Only visible to you")
    become(page, "U0LEAD", "C0DEV")
    expect(page.get_by_test_id("message")).to_have_count(0)
    assert echo.received.get(timeout=5)["user_id"] == "U0DEV"


def test_the_first_minute(page: Page, echo: EchoApp) -> None:
    """Three suggested commands fill the composer, ready to be sent with Enter."""
    chips = page.get_by_test_id("chip")
    expect(chips).to_have_text(["/img ls", "/img rm redis:alpine", "/img history"])
    chips.nth(1).click()
    expect(page.get_by_test_id("composer")).to_have_value("/img rm redis:alpine")
    expect(page.get_by_test_id("composer")).to_be_focused()
    page.keyboard.press("Enter")
    expect(messages(page, "You said: rm redis:alpine")).to_be_visible()
    assert echo.received.get(timeout=5)["text"] == "rm redis:alpine"


def test_news_is_pushed(page: Page, echo: EchoApp) -> None:
    """What the bot says elsewhere marks its channel, and the person whom it concerns."""
    echo.client.chat_postMessage(channel="U0LEAD", text="Two requests wait for you.")
    expect(page.get_by_test_id("person-U0LEAD")).to_have_accessible_name("Olga, Ops lead, has news")
    echo.client.chat_postMessage(channel="C0APPROVALS", text="Somebody asks.")
    expect(page.get_by_test_id("channel-C0APPROVALS")).to_contain_text("new")
    page.get_by_test_id("channel-C0APPROVALS").click()
    expect(page.get_by_test_id("channel-C0APPROVALS")).not_to_contain_text("new")


def test_a_form(page: Page, echo: EchoApp) -> None:
    """A form opens, says what is missing, shows the app's own error, and closes when it is taken."""
    type_in(page, "/img form")
    page.get_by_test_id("modal-submit").click()
    expect(page.locator("#input-reason-error")).to_have_text("Please complete this required field.")
    page.get_by_label("Why?").fill("no")
    page.get_by_label("Host").select_option("web-3")
    page.get_by_label("Tell me when it is done").check()
    page.get_by_test_id("modal-submit").click()
    expect(page.locator("#input-reason-error")).to_have_text("Say more than no.")
    page.get_by_label("Why?").fill("OPS-123")
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("modal")).to_be_hidden()
    bodies = [echo.received.get(timeout=5) for _ in range(3)]
    assert bodies[2]["view"]["state"]["values"]["reason"]["text"]["value"] == "OPS-123"


def test_escape_closes_a_form(page: Page, echo: EchoApp, play: Driver) -> None:
    """Escape closes a form for good, and it can be opened again."""
    type_in(page, "/img form")
    expect(page.get_by_test_id("modal")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("modal")).to_be_hidden()
    page.wait_for_function("fetch('/play/state?user=U0DEV').then(a => a.json()).then(s => s.modal === null)")
    assert play.state("U0DEV")["modal"] is None
    type_in(page, "/img form")
    expect(page.get_by_test_id("modal")).to_be_visible()
    assert echo.received.qsize() == 2


def test_the_home_tab(page: Page, echo: EchoApp) -> None:
    """The Home tab asks the app for what it shows."""
    page.get_by_test_id("channel-D0DEV").click()
    page.get_by_test_id("tab-home").click()
    expect(page.get_by_test_id("home")).to_contain_text("Your requests")
    assert echo.received.get(timeout=5)["event"]["user"] == "U0DEV"


def test_by_keyboard_alone(page: Page, echo: EchoApp) -> None:
    """A button and its confirmation are reached and pressed with the keyboard."""
    echo.client.chat_postMessage(channel="C0DEV", text="a card", blocks=CARD)
    page.get_by_test_id("button-press").wait_for()
    page.get_by_test_id("log").focus()
    while not page.evaluate("document.activeElement.dataset.action === 'press'"):
        assert not page.evaluate("document.activeElement.id === 'composer'"), "passed the button"
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("confirm-cancel")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(messages(page, "Pressed by @Dana")).to_be_visible()


@pytest.mark.parametrize(
    ("said", "drawn"),
    [
        ("*bold* and _it_ and ~gone~", "<strong>bold</strong> and <em>it</em> and <del>gone</del>"),
        ("`a &amp; b` 2*3*4", "<code>a &amp; b</code> 2*3*4"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<img src=x onerror=alert(1)>", "img src=x onerror=alert(1)"),
        ("<javascript:alert(1)|click>", "click"),
        ("<@U0LEAD> <#C0DEV> <!subteam^S0OPSLEADS>", re.compile(r">@Olga<.*>#dev<.*>@ops-leads<")),
        ("<https://example.com/a|docs>", re.compile(r'<a href="https://example.com/a"[^>]*>docs</a>')),
        ("<!date^1700000000^{date_num}|then>", re.compile(r"<time [^>]*>2023-11-14</time>")),
        ("<!date^soon^{date_num}|then>", "then"),
        ("```\nUntagged: redis:alpine\n```", re.compile(r"<pre[^>]*>Untagged: redis:alpine</pre>")),
        ("&gt; quoted\nnot", re.compile(r"<blockquote>quoted</blockquote>not")),
    ],
)
def test_mrkdwn(page: Page, echo: EchoApp, said: str, drawn: Any) -> None:  # noqa: ANN401 (text or a pattern)
    """Slack's markup is drawn, and nothing in it becomes HTML or a script."""
    echo.client.chat_postMessage(channel="C0DEV", text=said)
    text = page.locator(".text")
    expect(text).to_have_count(1)
    html = text.inner_html()
    assert drawn.search(html) if isinstance(drawn, re.Pattern) else html == drawn


def test_every_block_is_drawn(page: Page, echo: EchoApp) -> None:
    """Sections with fields, contexts, dividers, rich text, tables and selects have their place on the page."""
    plain = {"type": "plain_text", "text": "one"}
    option = {"text": plain, "value": "1"}
    pre = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "Deleted: sha256:501a"}]}
    blocks: list[dict[str, Any]] = [
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Frees*\n21 MB"}]},
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "plan *K7QF*"}]},
        {"type": "rich_text", "elements": [pre]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "Image"}], [{"type": "raw_text", "text": "nginx"}]]},
        {"type": "actions", "elements": [{"type": "static_select", "action_id": "quiet", "options": [option]}]},
    ]
    echo.client.chat_postMessage(channel="C0DEV", text="all", blocks=blocks)
    drawn = page.get_by_test_id("message")
    expect(drawn.locator(".fields")).to_contain_text("Frees")
    expect(drawn.locator("hr")).to_have_count(1)
    expect(drawn.locator(".context strong")).to_have_text("K7QF")
    expect(drawn.locator("pre")).to_have_text("Deleted: sha256:501a")
    expect(drawn.locator("th")).to_have_text("Image")
    drawn.locator("select").select_option("1")
    assert echo.received.get(timeout=5)["actions"][0]["selected_option"]["value"] == "1"


def test_threads_and_permalinks(page: Page, echo: EchoApp, running: RunningWorkspace) -> None:
    """Replies stand in a pane of their own, and a permalink goes to its message in its channel."""
    parent = echo.client.chat_postMessage(channel="C0APPROVALS", text="the request")["ts"]
    echo.client.chat_postMessage(channel="C0APPROVALS", text="Untagged: redis:alpine", thread_ts=parent)
    link = echo.client.chat_getPermalink(channel="C0APPROVALS", message_ts=parent)["permalink"]
    page.goto(str(link))
    expect(page.get_by_test_id("title")).to_have_text("# img-approvals")
    expect(page.get_by_text("Untagged: redis:alpine")).to_have_count(0)
    page.get_by_text("1 reply").click()
    expect(page.get_by_test_id("thread-pane")).to_contain_text("Untagged: redis:alpine")
    expect(page.locator("#thread-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("thread-pane")).to_be_hidden()
    expect(page.get_by_test_id("thread")).to_be_focused()
    assert page.url.startswith(running.url)


def test_the_banner_says_what_is_real(chromium: Browser) -> None:
    """A workspace over a real daemon says that removals are real; over the simulated one, that they are not."""
    real = demo.real("unix:///var/run/docker.sock")
    with demo.workspace(banner=real) as running, opened(chromium, running, width=390, theme="dark") as page:
        expect(page.get_by_test_id("banner")).to_contain_text("What is approved here is really removed")
    with demo.workspace() as running, opened(chromium, running, width=390, theme="dark") as page:
        expect(page.get_by_test_id("banner")).to_contain_text("nothing on this machine is removed")


def test_the_page_says_when_the_bot_is_away(page: Page, running: RunningWorkspace) -> None:
    """Whether the bot is connected is always to be seen."""
    expect(page.get_by_test_id("connection")).to_have_text("imgbot is not connected")
    with EchoApp(running):
        expect(page.get_by_test_id("connection")).to_have_text("imgbot is connected")
    expect(page.get_by_test_id("connection")).to_have_text("imgbot is not connected")


def test_a_search_in_a_form(page: Page, echo: EchoApp) -> None:
    """What the app suggests is chosen with the keyboard, taken away again, and sent with the form."""
    type_in(page, "/img search")
    field = page.get_by_test_id("input-images-search")
    field.fill("redis")
    expect(page.get_by_role("option")).to_have_text(["redis:7.2", "redis:6"])
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "input-images-found-0")
    field.press("Enter")
    expect(page.locator(".token")).to_have_text(["alpine ✕", "redis:7.2 ✕"])
    page.get_by_label("Take alpine away").click()
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("modal")).to_be_hidden()
    bodies = [echo.received.get(timeout=5) for _ in range(echo.received.qsize())]
    chosen = bodies[-1]["view"]["state"]["values"]["images"]["image"]["selected_options"]
    assert [option["value"] for option in chosen] == ["redis:7.2"]


def test_what_can_be_typed_is_offered(page: Page, echo: EchoApp) -> None:
    """Commands and options come from the grammar; arrows choose, Tab takes, Escape puts away, Enter sends."""
    composer = page.get_by_test_id("composer")
    composer.press_sequentially("/img r")
    expect(page.get_by_role("option").first).to_contain_text("/img rm")
    composer.press("ArrowDown")
    expect(composer).to_have_attribute("aria-activedescendant", "offer-0")
    composer.press("Tab")
    expect(composer).to_have_value("/img rm ")
    composer.press_sequentially("--dry")
    expect(page.get_by_role("option")).to_contain_text("show the plan and ask nobody")
    composer.press("Escape")
    expect(page.get_by_test_id("offers")).to_be_hidden()
    composer.press("Enter")
    expect(messages(page, "You said: rm --dry")).to_be_visible()
    expect(page.get_by_test_id("offers")).to_be_hidden()
    assert echo.received.get(timeout=5)["text"] == "rm --dry"


def test_a_text_file_is_shown(page: Page, echo: EchoApp) -> None:
    """The first lines of a text, and how many more there are; nothing in it is read as HTML."""
    content = "\n".join(["<b>Untagged</b>: redis:alpine", *(f"line {number}" for number in range(30))])
    echo.client.files_upload_v2(channel="C0DEV", filename="plan.txt", content=content)
    expect(page.get_by_test_id("preview")).to_contain_text("<b>Untagged</b>: redis:alpine")
    expect(page.get_by_test_id("preview")).to_contain_text("… 19 more lines")
    expect(page.get_by_test_id("file")).to_have_attribute("download", "plan.txt")


def test_keys_go_anywhere(page: Page) -> None:
    """Another channel, another person, and the composer, without the mouse."""
    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_test_id("title")).to_have_text("# img-approvals")
    page.keyboard.press("Alt+2")
    expect(page.get_by_test_id("person-U0LEAD")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("/")
    expect(page.get_by_test_id("composer")).to_be_focused()
    expect(page.get_by_test_id("composer")).to_have_value("")


def test_the_first_minute_is_ticked_and_put_away(page: Page, echo: EchoApp) -> None:
    """What was done is ticked; put away it stays away when the page is opened again."""
    guide = page.get_by_test_id("first-minute")
    type_in(page, "/img ls")
    expect(guide.locator("li.done")).to_have_text(re.compile("/img ls"))
    page.get_by_test_id("first-away").click()
    expect(guide).to_be_hidden()
    page.reload()
    expect(messages(page, "You said: ls")).to_be_visible()
    expect(guide).to_be_hidden()
    assert echo.received.qsize() == 1
