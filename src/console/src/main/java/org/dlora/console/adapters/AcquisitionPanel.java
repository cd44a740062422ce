package org.dlora.console.adapters;

import java.util.Map;
import org.dlora.api.admin.AcquisitionOrders;
import org.dlora.api.openai.Serving;
import org.dlora.console.page.LivePanel;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** A job that acquires an adapter, by its id. */
@Component
final class AcquisitionPanel implements LivePanel {
    private final Serving serving;
    private final AcquisitionOrders orders;

    AcquisitionPanel(Serving serving, AcquisitionOrders orders) {
        this.serving = serving;
        this.orders = orders;
    }

    @Override
    public String name() {
        return "adapter-job";
    }

    @Override
    public String template() {
        return "adapter-job";
    }

    @Override
    public Map<String, ? extends @Nullable Object> values(String subject) {
        var served = serving.require();
        return AcquisitionController.values(served, orders.find(served, subject).report());
    }
}
