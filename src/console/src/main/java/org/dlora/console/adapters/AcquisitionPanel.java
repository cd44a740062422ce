package org.dlora.console.adapters;

import java.util.Map;
import org.dlora.console.page.LivePanel;
import org.dlora.operate.Administration;
import org.dlora.operate.adapters.AcquisitionCommands;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** A job that acquires an adapter, by its id. */
@Component
final class AcquisitionPanel implements LivePanel {
    private final Administration administration;
    private final AcquisitionCommands acquisitions;

    AcquisitionPanel(Administration administration, AcquisitionCommands acquisitions) {
        this.administration = administration;
        this.acquisitions = acquisitions;
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
        return AcquisitionPageController.values(
                administration, acquisitions.find(Access.OPEN, subject).report());
    }
}
