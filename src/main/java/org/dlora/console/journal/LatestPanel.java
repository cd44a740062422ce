package org.dlora.console.journal;

import java.util.Map;
import org.dlora.console.page.LivePanel;
import org.springframework.stereotype.Component;

/** Panel of the last changes since the server's start. */
@Component
final class LatestPanel implements LivePanel {
    private final LatestChanges changes;

    LatestPanel(LatestChanges changes) {
        this.changes = changes;
    }

    @Override
    public String name() {
        return "journal-latest";
    }

    @Override
    public String template() {
        return "journal";
    }

    @Override
    public Map<String, ?> values(String subject) {
        return Map.of("latest", changes.all().stream().map(Entries::of).toList());
    }
}
