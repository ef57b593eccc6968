"""The audit record can be added to and nothing else, whatever program is connected."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION accounts_auditrecord_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit record is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON accounts_auditrecord
    FOR EACH ROW EXECUTE FUNCTION accounts_auditrecord_refuse();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON accounts_auditrecord
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_auditrecord_refuse();
"""
BACKWARDS = """
DROP TRIGGER append_only ON accounts_auditrecord;
DROP TRIGGER append_only_whole ON accounts_auditrecord;
DROP FUNCTION accounts_auditrecord_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
