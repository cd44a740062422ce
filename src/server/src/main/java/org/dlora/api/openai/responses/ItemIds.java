package org.dlora.api.openai.responses;

import java.util.UUID;

/** Ids of items; the prefix says the kind, as OpenAI's do. */
final class ItemIds {
    static final String MESSAGE = "msg_";
    static final String CALL = "fc_";
    static final String CALL_OUTPUT = "fco_";
    static final String REASONING = "rs_";

    private ItemIds() {}

    static String next(String prefix) {
        return prefix + UUID.randomUUID().toString().replace("-", "");
    }
}
