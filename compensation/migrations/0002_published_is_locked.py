"""What is published never changes, and a rule never does, whatever program is connected."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION compensation_refuse_published() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    written bigint[] := '{}';
BEGIN
    IF TG_OP <> 'INSERT' THEN written := written || OLD.month_id; END IF;
    IF TG_OP <> 'DELETE' THEN written := written || NEW.month_id; END IF;
    IF EXISTS (SELECT FROM compensation_paymonth WHERE id = ANY (written) AND published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a published month is locked' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN COALESCE(NEW, OLD);
END
$$;
CREATE TRIGGER published_is_locked BEFORE INSERT OR UPDATE OR DELETE ON compensation_ledgerline
    FOR EACH ROW EXECUTE FUNCTION compensation_refuse_published();
CREATE TRIGGER published_is_locked BEFORE INSERT OR UPDATE OR DELETE ON compensation_statement
    FOR EACH ROW EXECUTE FUNCTION compensation_refuse_published();

CREATE FUNCTION compensation_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER published_is_locked BEFORE UPDATE OR DELETE ON compensation_paymonth
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL)
    EXECUTE FUNCTION compensation_refuse_change('a published month is locked');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON compensation_ruleversion
    FOR EACH ROW EXECUTE FUNCTION compensation_refuse_change('rules are only added');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON compensation_stipendrate
    FOR EACH ROW EXECUTE FUNCTION compensation_refuse_change('rules are only added');
CREATE TRIGGER locked_whole BEFORE TRUNCATE ON compensation_ledgerline
    FOR EACH STATEMENT EXECUTE FUNCTION compensation_refuse_change('a published month is locked');
"""
BACKWARDS = """
DROP TRIGGER published_is_locked ON compensation_ledgerline;
DROP TRIGGER locked_whole ON compensation_ledgerline;
DROP TRIGGER published_is_locked ON compensation_statement;
DROP TRIGGER published_is_locked ON compensation_paymonth;
DROP TRIGGER append_only ON compensation_ruleversion;
DROP TRIGGER append_only ON compensation_stipendrate;
DROP FUNCTION compensation_refuse_published();
DROP FUNCTION compensation_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("compensation", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
