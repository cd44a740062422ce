package org.dlora.console.overview;

import java.util.Map;
import java.util.function.Supplier;
import org.dlora.console.page.LivePanel;
import org.jspecify.annotations.Nullable;

/**
 * A live part of the first page.
 *
 * @param now its values
 */
record OverviewPanel(String name, Supplier<? extends Map<String, ? extends @Nullable Object>> now)
        implements LivePanel {

    @Override
    public String template() {
        return "overview";
    }

    @Override
    public Map<String, ? extends @Nullable Object> values(String subject) {
        return now.get();
    }
}
