package org.dlora.console.journal;

import java.util.Map;
import org.dlora.console.page.LivePanel;
import org.dlora.security.users.Role;
import org.springframework.stereotype.Component;

/** Panel of the newest lines of the log; its subject is the level of the least important ones. */
@Component
final class LogPanel implements LivePanel {
    /** Lines that the panel has; the page lists more on demand. */
    static final int SHOWN = 100;

    private final LogLines lines;

    LogPanel(LogLines lines) {
        this.lines = lines;
    }

    @Override
    public String name() {
        return "journal-log";
    }

    @Override
    public String template() {
        return "log";
    }

    @Override
    public Role role() {
        return Role.ADMIN;
    }

    @Override
    public Map<String, ?> values(String subject) {
        return Map.of("lines", lines.last(subject, "", SHOWN));
    }
}
