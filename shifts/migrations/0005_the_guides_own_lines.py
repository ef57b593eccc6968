"""The guide's own words: «Tools» and «Support»."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

LINES = {
    "tool": (
        ("PagerDuty", "https://pagerduty.com/chatops", "告警管理 · alert management"),
        ("Grafana", "https://grafana.chatops.example.com", "監控面板 · dashboards"),
        ("AWS Console", "https://console.aws.amazon.com", "基礎設施 · infrastructure"),
        ("Slack", "#chatops-oncall", "團隊溝通 · team communication"),
        ("Runbooks", "deploy/ops/runbooks/", "操作手冊 · operating handbook"),
    ),
    "support": (
        ("On-Call 支持群 · on-call support", "#oncall-support", "值班本身的問題 · questions about on-call itself"),
        (
            "技術問題 · technical questions",
            "",
            "負責團隊的 Slack 頻道，見服務目錄 · the owning team's Slack channel, see the catalogue",
        ),
        (
            "管理問題 · management questions",
            "@engineering-manager",
            "升級給主管 · for whatever a manager has to decide",
        ),
    ),
}


def write(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    entries, revisions = apps.get_model("shifts", "GuideEntry"), apps.get_model("shifts", "GuideRevision")
    if entries.objects.exists():
        return
    for kind, lines in LINES.items():
        for position, (name, where, purpose) in enumerate(lines):
            entry = entries.objects.create(kind=kind, position=position, name=name, where=where, purpose=purpose)
            content = {"name": name, "where": where, "purpose": purpose, "phone": ""}
            revisions.objects.create(entry=entry, version=1, content=content)


class Migration(migrations.Migration):
    dependencies = [("shifts", "0004_notice_of_cover_that_nobody_took")]

    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
