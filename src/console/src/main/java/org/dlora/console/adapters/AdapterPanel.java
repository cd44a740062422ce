package org.dlora.console.adapters;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.api.admin.adapters.AdapterBodies;
import org.dlora.console.page.LivePanel;
import org.dlora.operate.Administration;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Panel of an adapter's places and its requests there. */
@Component
final class AdapterPanel implements LivePanel {
    private final Administration administration;
    private final AdapterBodies bodies;
    private final AdapterRates rates;

    AdapterPanel(Administration administration, AdapterBodies bodies, AdapterRates rates) {
        this.administration = administration;
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
        return values(Access.OPEN, AdapterAddress.name(subject));
    }

    Map<String, @Nullable Object> values(Access access, String name) {
        var values = new HashMap<String, @Nullable Object>();
        values.put("now", bodies.one(access, name));
        values.put("rate", rates.of(name));
        values.put("merged", AdapterListing.merged(administration).getOrDefault(name, List.of()));
        return values;
    }
}
