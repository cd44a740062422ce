package org.dlora.scheduling.dispatch;

import org.dlora.scheduling.LoraFacts;

/**
 * The adapter that is merged into a replica's weights.
 *
 * @param lora its sizes, which the correction of other rows has too
 * @param isMixable whether rows of others may run beside it
 */
public record MergedAdapter(String id, LoraFacts lora, boolean isMixable) {}
