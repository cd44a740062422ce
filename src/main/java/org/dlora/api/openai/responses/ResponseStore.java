package org.dlora.api.openai.responses;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The latest responses, in memory. Those of other owners are as if they were not there.
 * Thread-safe.
 */
final class ResponseStore {
    private final ResponseSettings settings;

    /** By id, the oldest first. */
    private final LinkedHashMap<String, StoredResponse> kept = new LinkedHashMap<>();

    /** Ids of responses, by those of the items of their output. */
    private final Map<String, String> byItem = new HashMap<>();

    private long bytes;

    ResponseStore(ResponseSettings settings) {
        this.settings = settings;
    }

    /** Keeps a response as long as there is room; returns false for one that is too large. */
    synchronized boolean keep(StoredResponse response) {
        if (settings.maxCount() == 0 || response.size() > settings.maxBytes()) {
            return false;
        }
        kept.put(response.id(), response);
        response.outputs().forEach(item -> byItem.put(item, response.id()));
        bytes += response.size();
        while (kept.size() > settings.maxCount() || bytes > settings.maxBytes()) {
            drop(kept.firstEntry().getValue());
        }
        return true;
    }

    synchronized Optional<StoredResponse> find(String id, ResponseOwner owner) {
        return Optional.ofNullable(kept.get(id)).filter(one -> one.owner().equals(owner));
    }

    /** Returns the response that has an item in its output. */
    synchronized Optional<StoredResponse> withItem(String item, ResponseOwner owner) {
        return Optional.ofNullable(byItem.get(item)).flatMap(id -> find(id, owner));
    }

    /** Removes a response; returns whether it was there. */
    synchronized boolean remove(String id, ResponseOwner owner) {
        var found = find(id, owner);
        found.ifPresent(this::drop);
        return found.isPresent();
    }

    private void drop(StoredResponse response) {
        kept.remove(response.id());
        response.outputs().forEach(byItem::remove);
        bytes -= response.size();
    }

    /** Returns what the responses take, in bytes. */
    synchronized long bytes() {
        return bytes;
    }
}
