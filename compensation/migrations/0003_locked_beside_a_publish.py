"""What is written while its month is being published waits for that, and is refused once it is."""

from django.db import migrations

# Locked first and looked at afterwards: what a condition on published_at leaves out would not be locked.
WAITING = """
CREATE OR REPLACE FUNCTION compensation_refuse_published() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    written bigint[] := '{}';
BEGIN
    IF TG_OP <> 'INSERT' THEN written := written || OLD.month_id; END IF;
    IF TG_OP <> 'DELETE' THEN written := written || NEW.month_id; END IF;
    PERFORM FROM compensation_paymonth WHERE id = ANY (written) ORDER BY id FOR SHARE;
    IF EXISTS (SELECT FROM compensation_paymonth WHERE id = ANY (written) AND published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a published month is locked' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN COALESCE(NEW, OLD);
END
$$;
"""
NOT_WAITING = WAITING.replace(
    "    PERFORM FROM compensation_paymonth WHERE id = ANY (written) ORDER BY id FOR SHARE;\n", ""
)


class Migration(migrations.Migration):
    dependencies = [("compensation", "0002_published_is_locked")]
    operations = [migrations.RunSQL(WAITING, NOT_WAITING)]
