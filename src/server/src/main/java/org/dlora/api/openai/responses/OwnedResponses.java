package org.dlora.api.openai.responses;

import java.util.LinkedHashMap;
import java.util.Optional;

/** Kept responses of one owner. Confined to the lock of its store. */
final class OwnedResponses {
    /** By id, the oldest first. */
    private final LinkedHashMap<String, StoredResponse> byId = new LinkedHashMap<>();

    private long bytes;

    void add(StoredResponse response) {
        byId.put(response.id(), response);
        bytes += response.size();
    }

    /** Removes a response; returns whether others are left. */
    boolean remove(StoredResponse response) {
        byId.remove(response.id());
        bytes -= response.size();
        return !byId.isEmpty();
    }

    Optional<StoredResponse> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    StoredResponse oldest() {
        return byId.firstEntry().getValue();
    }

    int count() {
        return byId.size();
    }

    long bytes() {
        return bytes;
    }
}
