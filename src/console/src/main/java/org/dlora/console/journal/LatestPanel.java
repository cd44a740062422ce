package org.dlora.console.journal;

import java.util.Map;
import org.dlora.console.decisions.RegistrationNames;
import org.dlora.console.page.LivePanel;
import org.dlora.operate.Administration;
import org.dlora.security.users.Role;

/**
 * Panel of the last changes since the server's start.
 *
 * @param withActions whether administrative actions are among them, for administrators alone
 */
record LatestPanel(LatestChanges changes, Administration administration, boolean withActions)
        implements LivePanel {

    @Override
    public String name() {
        return withActions ? "journal-latest-actions" : fragment();
    }

    @Override
    public String template() {
        return "journal";
    }

    @Override
    public String fragment() {
        return "journal-latest";
    }

    @Override
    public Role role() {
        return withActions ? Role.ADMIN : Role.VIEWER;
    }

    @Override
    public Map<String, ?> values(String subject) {
        var names = RegistrationNames.of(administration.models());
        return Map.of(
                "latest",
                changes.last(withActions).stream()
                        .map(event -> Entries.of(event).named(names))
                        .toList());
    }
}
