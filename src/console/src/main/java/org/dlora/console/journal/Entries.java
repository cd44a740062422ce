package org.dlora.console.journal;

import static java.util.function.UnaryOperator.identity;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.dlora.catalogue.history.AuditRecord;
import org.dlora.catalogue.history.EventRecord;
import org.dlora.catalogue.history.HistoryKey;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.console.decisions.RuleWords;
import org.dlora.console.page.AuditDifference;
import org.dlora.console.page.AuditWords;
import org.dlora.console.page.Formats;
import org.dlora.console.page.SubjectLink;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** Maker of the journal's lines from changes and actions. */
final class Entries {
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                    .build();
    private static final Formats FORMAT = Formats.ALL;

    /** Kinds of subjects that a line has a link of its own for. */
    private static final Set<String> OWN_LINKS = Set.of("adapter", "replica", "request");

    /**
     * Kinds of changes whose sentence tells of one version of an adapter, which it does not name.
     */
    private static final Set<String> VERSIONED = Set.of("adapter_loaded", "adapter_evicted");

    private static final Set<String> WARNINGS = Set.of("user.sign_in_failed", "user.lock_out");

    /**
     * Characters that are shown of an actor or subject, of which a provider's names may be long.
     */
    private static final int LONGEST = 200;

    private Entries() {}

    /** Returns the line of a change that has just happened. */
    static Entry of(ClusterEvent event) {
        return event instanceof ClusterEvent.AdminAction action
                ? action(0, action.at(), row(action))
                : change(0, event.at(), event.kind(), JSON.valueToTree(event));
    }

    private static AuditRecord row(ClusterEvent.AdminAction action) {
        return new AuditRecord(
                0,
                StringUtils.truncate(action.actor(), LONGEST),
                action.action(),
                StringUtils.truncate(action.subject(), LONGEST),
                json(action.before()),
                json(action.after()));
    }

    private static @Nullable String json(@Nullable Map<String, ?> values) {
        return values == null ? null : JSON.writeValueAsString(values);
    }

    /** Returns the line of a change of the history. */
    static Entry of(EventRecord row) {
        return change(row.key(), HistoryKey.time(row.key()), row.kind(), detail(row));
    }

    /** Returns the values of a change; none if they were too long to be kept whole. */
    private static JsonNode detail(EventRecord row) {
        try {
            return JSON.readTree(row.detail());
        } catch (JacksonException _) {
            return JSON.createObjectNode();
        }
    }

    /** Returns the line of an action of the audit. */
    static Entry of(AuditRecord row) {
        return action(row.key(), HistoryKey.time(row.key()), row);
    }

    private static Entry action(long key, Instant at, AuditRecord row) {
        var action = row.action();
        var subject = row.subject();
        var words = AuditWords.of(row);
        return new Entry(
                key,
                at,
                words.label(),
                WARNINGS.contains(action) || AuditWords.isFailedMove(row) ? "warn" : "",
                words.sentence(row),
                values(row),
                action.startsWith("adapter.") ? given(subject) : null,
                null,
                action.startsWith("replica.") ? subject : null,
                action.startsWith("request.") ? subject : null,
                OWN_LINKS.contains(action.substring(0, Math.max(0, action.indexOf('.'))))
                        ? null
                        : SubjectLink.of(action, subject));
    }

    private static String values(AuditRecord row) {
        return AuditDifference.of(row.before(), row.after()).stream()
                .map(AuditDifference::line)
                .collect(Collectors.joining("\n"));
    }

    private static Entry change(long key, Instant at, String kind, JsonNode detail) {
        var adapter = text(detail, "adapter");
        var replica = text(detail, "replica");
        return new Entry(
                key,
                at,
                label(kind, detail),
                badge(kind, detail),
                sentence(kind, detail),
                "",
                // One that could not be acquired may have no page.
                adapter.isEmpty() || kind.equals("acquisition_failed") ? null : adapter,
                VERSIONED.contains(kind) ? given(text(detail, "version")) : null,
                replica.isEmpty() ? null : replica,
                given(text(detail, "request")),
                other(kind, detail));
    }

    private static String label(String kind, JsonNode detail) {
        return kind.equals("request_moved") && text(detail, "outcome").equals("failed")
                ? "move failed"
                : kind.replace('_', ' ');
    }

    private static @Nullable SubjectLink other(String kind, JsonNode detail) {
        return switch (kind) {
            case "acquisition_failed" -> SubjectLink.job(text(detail, "job"));
            case "budget_alert" ->
                    SubjectLink.of(text(detail, "owner") + ".", text(detail, "name"));
            default -> null;
        };
    }

    private static @Nullable String given(String text) {
        return text.isEmpty() ? null : text;
    }

    private static String badge(String kind, JsonNode detail) {
        return switch (kind) {
            case "adapter_failed", "acquisition_failed", "replica_fenced" -> "bad";
            case "adapter_loaded", "replica_restarted" -> "good";
            case "gate_judged" -> detail.path("passed").asBoolean(false) ? "good" : "bad";
            case "budget_alert" -> isFull(detail) ? "bad" : "warn";
            case "request_moved" -> text(detail, "outcome").equals("failed") ? "bad" : "";
            default -> "";
        };
    }

    private static boolean isFull(JsonNode detail) {
        return detail.path("used").asLong(0) >= detail.path("budget").asLong(Long.MAX_VALUE);
    }

    /** Returns the decision as a sentence behind others; rows of older versions have none. */
    private static String why(JsonNode detail) {
        var why = text(detail, "why");
        return why.isEmpty() ? "" : " The decision: it " + why + ".";
    }

    private static String sentence(String kind, JsonNode d) {
        return switch (kind) {
            case "adapter_loaded" ->
                    "Adapter %s was loaded into memory %s: %s in %s (source: %s).%s"
                            .formatted(
                                    text(d, "adapter"),
                                    text(d, "memory"),
                                    bytes(d),
                                    seconds(d),
                                    text(d, "source"),
                                    why(d));
            case "adapter_failed" ->
                    "Adapter %s could not be loaded into memory %s: %s"
                            .formatted(text(d, "adapter"), text(d, "memory"), text(d, "reason"));
            case "acquisition_failed" ->
                    "%s from %s failed: %s"
                            .formatted(
                                    text(d, "adapter").isEmpty()
                                            ? "An adapter"
                                            : "Adapter " + text(d, "adapter"),
                                    text(d, "source"),
                                    sentence(text(d, "reason")));
            case "adapter_evicted" ->
                    "Adapter %s was evicted from memory %s; %s are free again.%s"
                            .formatted(text(d, "adapter"), text(d, "memory"), bytes(d), why(d));
            case "request_moved" -> moved(d);
            case "mode_switched" ->
                    "Replica %s went from %s to %s: %s."
                            .formatted(
                                    text(d, "replica"),
                                    RuleWords.mode(text(d, "from"), identity()),
                                    RuleWords.mode(text(d, "to"), identity()),
                                    RuleWords.plain(text(d, "why")));
            case "gate_judged" ->
                    d.path("passed").asBoolean(false)
                            ? "Version %d of %s passed its gate."
                                    .formatted(d.path("number").asInt(0), text(d, "adapter"))
                            : "Version %d of %s did not pass its gate: %s"
                                    .formatted(
                                            d.path("number").asInt(0),
                                            text(d, "adapter"),
                                            text(d, "problem"));
            case "budget_alert" ->
                    "The %s %s has used %s of the %s tokens of its budget for the %s."
                            .formatted(
                                    text(d, "owner"),
                                    text(d, "name"),
                                    FORMAT.count(d.path("used").asLong(0)),
                                    FORMAT.count(d.path("budget").asLong(0)),
                                    text(d, "period"));
            case "replica_fenced" ->
                    "Replica %s is fenced and takes no requests. %s."
                            .formatted(text(d, "replica"), text(d, "reason"));
            case "replica_restarted" ->
                    "Replica %s has begun anew and takes requests.".formatted(text(d, "replica"));
            default -> d.toString();
        };
    }

    private static String sentence(String words) {
        return words.endsWith(".") ? words : words + ".";
    }

    private static String moved(JsonNode d) {
        return switch (text(d, "outcome")) {
            case "moved" ->
                    "A request of %s moved from replica %s to %s in %s, %s."
                            .formatted(
                                    text(d, "model"),
                                    text(d, "from"),
                                    text(d, "to"),
                                    seconds(d),
                                    d.path("bytes").asLong(0) == 0
                                            ? "and computed its KV again"
                                            : "with %s of KV".formatted(bytes(d)));
            case "failed" ->
                    "A request of %s could not move from replica %s to %s: %s."
                            .formatted(
                                    text(d, "model"),
                                    text(d, "from"),
                                    text(d, "to"),
                                    text(d, "reason"));
            default ->
                    "A request of %s ended before its move from replica %s to %s did."
                            .formatted(text(d, "model"), text(d, "from"), text(d, "to"));
        };
    }

    private static String text(JsonNode detail, String name) {
        return detail.path(name).asString("");
    }

    private static String bytes(JsonNode detail) {
        return FORMAT.bytes(detail.path("bytes").asLong(0));
    }

    private static String seconds(JsonNode detail) {
        return FORMAT.seconds(detail.path("seconds").asDouble(0));
    }
}
