package org.dlora.api.openai.answer;

import org.dlora.api.openai.call.SelectedModel;
import org.jspecify.annotations.Nullable;

/**
 * The value of {@code dlora_adapter} in a stream's last chunk of each choice: what the header
 * {@value SelectedModel#HEADER} says, where that was not known when the stream began.
 */
public final class LateLabel {
    private final SelectedModel selected;
    private final boolean isNeeded;

    public LateLabel(SelectedModel selected) {
        this.selected = selected;
        isNeeded = selected.choice() != null && selected.label().isEmpty();
    }

    /** Returns the label; null if the header has it, or it is not known yet. */
    @Nullable
    public String now() {
        return isNeeded ? selected.label().orElse(null) : null;
    }
}
