package org.dlora.model.forward;

import java.util.List;
import org.dlora.device.LoraGroup;
import org.dlora.model.LayerSite;

/**
 * LoRA groups of the rows of a step, by linear layer. Does not change once a step has read it; a
 * {@link Transformer} recognises it by identity.
 */
@FunctionalInterface
public interface LoraGroups {
    /** A step in which no row uses an adapter. */
    LoraGroups NONE = _ -> List.of();

    /** Returns the groups with terms at linear layer {@code at}, in row order. */
    List<LoraGroup> at(LayerSite at);
}
