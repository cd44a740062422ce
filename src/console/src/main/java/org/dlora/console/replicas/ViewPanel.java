package org.dlora.console.replicas;

import java.util.Map;
import java.util.function.Function;
import org.dlora.console.page.LivePanel;
import org.jspecify.annotations.Nullable;

/**
 * Live panel whose values come from a function of its subject.
 *
 * @param name of the panel and its fragment
 * @param template that has the fragment
 */
public record ViewPanel(
        String name,
        String template,
        Function<String, Map<String, ? extends @Nullable Object>> view)
        implements LivePanel {

    @Override
    public Map<String, ? extends @Nullable Object> values(String subject) {
        return view.apply(subject);
    }
}
