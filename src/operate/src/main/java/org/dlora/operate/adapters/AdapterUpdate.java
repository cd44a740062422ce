package org.dlora.operate.adapters;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.dlora.catalogue.versions.AdapterDetails;
import org.dlora.catalogue.versions.ParameterDefaults;
import org.dlora.catalogue.versions.VersionDefaults;
import org.dlora.operate.CommandRefusedException;
import org.dlora.scheduling.ServiceWeights;
import tools.jackson.databind.json.JsonMapper;

/**
 * Update of an adapter. Members that are empty stay as they are. The constructor throws {@link
 * CommandRefusedException} if a member has a value that is not allowed.
 *
 * @param description empty text for none
 * @param owner empty text for none
 * @param systemPrompt empty text for none
 * @param share weight of service
 */
public record AdapterUpdate(
        Optional<String> description,
        Optional<SortedSet<String>> tags,
        Optional<String> owner,
        Optional<String> systemPrompt,
        Optional<ParameterDefaults> parameters,
        Optional<Boolean> pinned,
        Optional<Double> share) {

    private static final int MAX_TEXT = 10_000;
    private static final int MAX_TAGS = 64;

    /** Required form of tags, in words. */
    public static final String TAGS = "an array of at most " + MAX_TAGS + " strings";

    private static final int MAX_TAG = 64;
    private static final int SHOWN = 60;
    private static final JsonMapper JSON = new JsonMapper();

    public AdapterUpdate {
        description.ifPresent(text -> checkText("description", text));
        owner.ifPresent(text -> checkText("owner", text));
        systemPrompt.ifPresent(text -> checkText("system_prompt", text));
        share.ifPresent(AdapterUpdate::checkShare);
    }

    /** Returns an update of the texts that operators read. */
    public static AdapterUpdate ofTexts(
            Optional<String> description,
            Optional<SortedSet<String>> tags,
            Optional<String> owner) {
        return new AdapterUpdate(
                description,
                tags,
                owner,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** Returns an update of the defaults of requests, which are another version. */
    public static AdapterUpdate ofDefaults(
            Optional<String> systemPrompt, Optional<ParameterDefaults> parameters) {
        return new AdapterUpdate(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                systemPrompt,
                parameters,
                Optional.empty(),
                Optional.empty());
    }

    /** Returns an update of the share of service. */
    public static AdapterUpdate ofShare(double share) {
        return new AdapterUpdate(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(share));
    }

    /**
     * Returns tags in their order.
     *
     * @throws CommandRefusedException if there are too many, or one is malformed
     */
    public static SortedSet<String> tags(Collection<String> given) {
        if (given.size() > MAX_TAGS) {
            throw CommandRefusedException.invalid(
                    "tags",
                    "'tags' must be %s, but is an array of %d.".formatted(TAGS, given.size()));
        }
        var tags = new TreeSet<String>();
        int index = 0;
        for (var tag : given) {
            checkTag("tags[" + index++ + "]", tag);
            tags.add(tag);
        }
        return tags;
    }

    private static void checkTag(String path, String tag) {
        if (tag.isBlank()
                || tag.length() > MAX_TAG
                || tag.codePoints().anyMatch(Character::isISOControl)) {
            var json = JSON.writeValueAsString(tag);
            throw CommandRefusedException.invalid(
                    path,
                    "'%s' must be 1 to %d characters without control characters, but is %s."
                            .formatted(
                                    path,
                                    MAX_TAG,
                                    json.length() <= SHOWN
                                            ? json
                                            : json.substring(0, SHOWN) + "…"));
        }
    }

    private static void checkText(String name, String text) {
        if (text.indexOf('\0') >= 0) {
            throw CommandRefusedException.invalid(name, "'" + name + "' has the character U+0000.");
        }
        if (text.length() > MAX_TEXT) {
            throw CommandRefusedException.invalid(
                    name,
                    "'%s' has %d characters; at most %d are kept."
                            .formatted(name, text.length(), MAX_TEXT));
        }
    }

    private static void checkShare(double share) {
        try {
            var _ = new ServiceWeights(Map.of("share", share));
        } catch (IllegalArgumentException e) {
            throw CommandRefusedException.invalid("share", e.getMessage() + ".");
        }
    }

    /** Returns the change of the details that belong to no version. */
    public UnaryOperator<AdapterDetails> details() {
        return before ->
                new AdapterDetails(
                        description.orElse(before.description()),
                        tags.orElse(before.tags()),
                        owner.orElse(before.owner()),
                        before.pinned());
    }

    /** Returns the change of the defaults of requests. */
    public UnaryOperator<VersionDefaults> defaults() {
        return before ->
                new VersionDefaults(
                        systemPrompt.isPresent()
                                ? systemPrompt.filter(text -> !text.isEmpty())
                                : before.systemPrompt(),
                        parameters.orElse(before.parameters()));
    }

    /** Returns whether the update makes another version, as other defaults do. */
    boolean isVersion() {
        return systemPrompt.isPresent() || parameters.isPresent();
    }
}
