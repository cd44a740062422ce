package org.dlora.console.firstrun;

import java.util.HashMap;
import java.util.Map;
import org.dlora.console.page.LivePanel;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Live progress of the demo traffic. */
@Component
record DemoPanel(DemoTraffic traffic) implements LivePanel {

    @Override
    public String name() {
        return "demo-traffic";
    }

    @Override
    public String template() {
        return "first-run";
    }

    @Override
    public Map<String, @Nullable Object> values(String subject) {
        var values = new HashMap<String, @Nullable Object>();
        values.put("demo", traffic.status().orElse(null));
        return values;
    }
}
