package org.dlora.console.overview;

import java.util.Map;
import java.util.function.Supplier;
import org.dlora.console.page.LivePanel;

/**
 * A live part of the first page.
 *
 * @param now its values
 */
record OverviewPanel(String name, Supplier<Map<String, ?>> now) implements LivePanel {

    @Override
    public String template() {
        return "overview";
    }

    @Override
    public Map<String, ?> values(String subject) {
        return now.get();
    }
}
