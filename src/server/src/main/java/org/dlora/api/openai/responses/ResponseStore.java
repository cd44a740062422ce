package org.dlora.api.openai.responses;

import java.util.Collections;
import java.util.Comparator;
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

    private final Map<ResponseOwner, OwnedResponses> byOwner = new LinkedHashMap<>();

    /** Ids of responses, by those of the items of their output. */
    private final Map<String, String> byItem = new HashMap<>();

    private int count;
    private long bytes;

    ResponseStore(ResponseSettings settings) {
        this.settings = settings;
    }

    /**
     * Keeps a response as long as there is room. The owner who has most makes room with the oldest;
     * so a response is not kept that would leave its owner, who had none, with most.
     *
     * @return whether it is kept
     */
    synchronized boolean keep(StoredResponse response) {
        if (settings.maxCount() == 0 || response.size() > settings.maxBytes()) {
            return false;
        }
        byOwner.computeIfAbsent(response.owner(), _ -> new OwnedResponses()).add(response);
        response.outputs().forEach(item -> byItem.put(item, response.id()));
        count++;
        bytes += response.size();
        while (bytes > settings.maxBytes()) {
            drop(oldest(Comparator.comparingLong(OwnedResponses::bytes)));
        }
        while (count > settings.maxCount()) {
            drop(oldest(Comparator.comparingInt(OwnedResponses::count)));
        }
        return find(response.id(), response.owner()).isPresent();
    }

    /** Returns the oldest response of the owner who has most. */
    private StoredResponse oldest(Comparator<OwnedResponses> order) {
        return Collections.max(byOwner.values(), order).oldest();
    }

    synchronized Optional<StoredResponse> find(String id, ResponseOwner owner) {
        return Optional.ofNullable(byOwner.get(owner)).flatMap(owned -> owned.find(id));
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
        byOwner.computeIfPresent(
                response.owner(), (_, owned) -> owned.remove(response) ? owned : null);
        response.outputs().forEach(byItem::remove);
        count--;
        bytes -= response.size();
    }

    /** Returns what the responses take, in bytes. */
    synchronized long bytes() {
        return bytes;
    }
}
