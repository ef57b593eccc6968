"""Through the sign-in form with a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User


@pytest.mark.browser
def test_the_right_password_leads_to_the_board(portal: object, page: Page) -> None:
    User.objects.create_user("wei", password="correct horse")
    page.goto("/")
    page.get_by_label("Username").fill("wei")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/$"))
