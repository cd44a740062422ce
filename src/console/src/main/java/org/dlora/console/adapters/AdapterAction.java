package org.dlora.console.adapters;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.dlora.api.web.ApiException;
import org.dlora.operate.adapters.ResidencyCommands.Action;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;

/** An action on one or several adapters. */
enum AdapterAction {
    PIN(
            Action.PIN,
            "Pin",
            "Pinned",
            "A pinned adapter is loaded now, and never evicted. It takes its memory for good."),
    UNPIN(
            Action.UNPIN,
            "Unpin",
            "Unpinned",
            "The adapter stays resident until others need its memory. Requests load it again."),
    LOAD(Action.LOAD, "Load", "Being loaded", "The adapter is loaded into every adapter memory."),
    EVICT(
            Action.EVICT,
            "Evict",
            "Evicted once their requests have ended",
            "The adapter gives its memory back once the requests that run with it have ended. It leaves all memories. Later requests load it again, and wait for that. Where requests for it were frequent, the placement may load it again before them, after dlora.placement.rest."),
    DELETE(
            null,
            "Delete",
            "Deleted",
            "The adapter is not served any more: new requests for it get 404. Its versions, aliases, gate and description are forgotten. Files below the adapter roots stay; uploaded and downloaded ones are removed. This cannot be undone.");

    private final @Nullable Action residency;
    private final String label;
    private final String past;
    private final String effect;

    AdapterAction(@Nullable Action residency, String label, String past, String effect) {
        this.residency = residency;
        this.label = label;
        this.past = past;
        this.effect = effect;
    }

    /**
     * Returns the action of a form.
     *
     * @throws ApiException if there is none of that name
     */
    static AdapterAction named(String word) {
        return Arrays.stream(values())
                .filter(action -> action.word().equals(word))
                .findFirst()
                .orElseThrow(() ->
                        ApiException.invalid(
                                "action",
                                "'%s' is not done to adapters; choose pin, unpin, load, evict or delete."
                                        .formatted(StringUtils.truncate(word, 50))));
    }

    /** Returns the name in forms and in the audit. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the command; empty for the deletion. */
    Optional<Action> residency() {
        return Optional.ofNullable(residency);
    }

    public String label() {
        return label;
    }

    /** Returns the past action, for the words after it. */
    public String past() {
        return past;
    }

    /** Returns the effects of the action, in sentences. */
    public String effect() {
        return effect;
    }

    public boolean isDeletion() {
        return this == DELETE;
    }
}
