package org.dlora.catalogue.versions;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Defaults of a version's requests.
 *
 * @param systemPrompt content of the system message of chats that have none
 */
public record VersionDefaults(Optional<String> systemPrompt, ParameterDefaults parameters) {

    /** Adds nothing. */
    public static final VersionDefaults NONE =
            new VersionDefaults(Optional.empty(), ParameterDefaults.NONE);

    /** Returns messages of a chat, after the system prompt if they have none of their own. */
    public List<Map<String, Object>> messages(List<Map<String, Object>> given) {
        if (systemPrompt.isEmpty()
                || given.stream().anyMatch(message -> isSystem(message.get("role")))) {
            return given;
        }
        var all = new ArrayList<Map<String, Object>>();
        all.add(Map.of("role", "system", "content", systemPrompt.get()));
        all.addAll(given);
        return all;
    }

    private static boolean isSystem(@Nullable Object role) {
        return "system".equals(role) || "developer".equals(role);
    }

    /** Returns a hash of all values; empty if nothing is added. */
    String hash() {
        return equals(NONE) ? "" : ContentDigest.of("defaults 1\n" + this);
    }
}
