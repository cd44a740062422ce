package org.dlora.console.adapters;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.api.admin.AdapterBodies;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.console.page.LivePanel;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Panel of an adapter's places and its requests there. */
@Component
final class AdapterPanel implements LivePanel {
    private final Serving serving;
    private final AdapterBodies bodies;
    private final AdapterRates rates;

    AdapterPanel(Serving serving, AdapterBodies bodies, AdapterRates rates) {
        this.serving = serving;
        this.bodies = bodies;
        this.rates = rates;
    }

    @Override
    public String name() {
        return "adapter-now";
    }

    @Override
    public String template() {
        return "adapter";
    }

    /**
     * @param subject of {@link AdapterAddress#subject}
     */
    @Override
    public Map<String, ? extends @Nullable Object> values(String subject) {
        return values(serving.require(), AdapterAddress.name(subject));
    }

    Map<String, @Nullable Object> values(Served served, String name) {
        var values = new HashMap<String, @Nullable Object>();
        values.put("now", bodies.one(served, name));
        values.put("rate", rates.of(name));
        values.put("merged", AdapterRows.merged(served).getOrDefault(name, List.of()));
        return values;
    }
}
