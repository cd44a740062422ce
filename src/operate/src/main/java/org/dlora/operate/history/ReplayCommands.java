package org.dlora.operate.history;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.dlora.catalogue.RequestReplays;
import org.dlora.catalogue.history.History;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.catalogue.replay.ReplayReport;
import org.dlora.catalogue.served.EarlierVersion;
import org.dlora.catalogue.served.VersionChoice;
import org.dlora.catalogue.served.VersionGoneException;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.cluster.facts.PromptHash;
import org.dlora.operate.Administration;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.CommandRefusedException.Kind;
import org.dlora.operate.ShortenedText;
import org.dlora.operate.cluster.MigrationCommand;
import org.jspecify.annotations.Nullable;

/** Commands that run ended requests anew and compare the answers, each with a line in the audit. */
public final class ReplayCommands {
    private final Administration administration;
    private final Supplier<@Nullable History> histories;
    private final ClusterEvents events;

    /**
     * @param histories gives null where there is no history
     */
    public ReplayCommands(
            Administration administration,
            Supplier<@Nullable History> histories,
            ClusterEvents events) {
        this.administration = administration;
        this.histories = histories;
        this.events = events;
    }

    /**
     * A request that can be run anew.
     *
     * @param note on what the prompt does not prove, null if it is the request's
     */
    public record Prepared(
            RepeatedCall call,
            RequestRecord row,
            @Nullable VersionChoice choice,
            int[] prompt,
            @Nullable String note) {}

    /**
     * Finds a request and what it takes to run it anew. Waits for the database.
     *
     * @throws CommandRefusedException if it cannot be run anew
     */
    public Prepared prepare(String id, RepeatedCall call) {
        var _ = administration.scheduling();
        var history = histories.get();
        if (history == null) {
            throw CommandRefusedException.of(Kind.UNKNOWN, "This server keeps no history.");
        }
        var row = history.request(id).orElseThrow(() -> noSuch(id));
        var choice = choice(row);
        var sent = call.prompt(row.ended(), choice);
        if (sent.isPresent()) {
            return new Prepared(call, row, choice, sent.get(), checked(row, sent.get()));
        }
        var text = row.text();
        if (text == null) {
            throw CommandRefusedException.invalid(
                    null,
                    "The prompt of request '%s' is not kept (dlora.history.store-text was false): send the body of the request again."
                            .formatted(id));
        }
        return new Prepared(call, row, choice, text.prompt(), null);
    }

    /** Returns the refusal of an id that no ended request has. */
    public static CommandRefusedException noSuch(String id) {
        return CommandRefusedException.of(
                Kind.UNKNOWN,
                "No ended request has the id '%s'; GET /admin/requests lists them. %s"
                        .formatted(ShortenedText.name(id), MigrationCommand.REQUEST_NAMES));
    }

    /**
     * Runs a request anew, and notes it in the audit.
     *
     * @param actor caller who asks for it
     * @return the replay; cancelling it ends the replay
     * @throws RuntimeException as {@link RequestReplays#replay} does
     */
    public CompletableFuture<ReplayedRequest> run(Prepared prepared, String actor) {
        var running = running(prepared);
        var done = running.thenApply(report -> answered(prepared, report, actor));
        var _ =
                done.whenComplete((_, _) -> {
                    if (done.isCancelled()) {
                        running.cancel(false);
                    }
                });
        return done;
    }

    /** Returns the version that answered; null for the base model. */
    private @Nullable VersionChoice choice(RequestRecord row) {
        var adapter = row.ended().adapter();
        if (adapter == null) {
            return null;
        }
        try {
            return new EarlierVersion(adapter, row.ended().weightsHash(), row.ended().version())
                    .in(administration.models().catalogue());
        } catch (NoSuchAdapterException e) {
            throw CommandRefusedException.of(
                    Kind.CONFLICT,
                    "%s, so its request cannot be run anew. Load it again, then replay."
                            .formatted(e.getMessage()));
        } catch (VersionGoneException e) {
            throw CommandRefusedException.of(Kind.GONE, e.getMessage() + ".");
        }
    }

    /** Checks a prompt that was sent again against the hash that is kept of the request's. */
    private static @Nullable String checked(RequestRecord row, int[] prompt) {
        var kept = row.promptHash();
        if (kept == null) {
            return "No hash of the request's prompt is kept, so nothing proves that the prompt is the same.";
        }
        if (!kept.equals(PromptHash.of(prompt))) {
            throw CommandRefusedException.invalid(
                    null,
                    "The body makes a prompt of %d tokens that does not have the hash of the request's prompt of %d tokens. Send the body of the request as it was."
                            .formatted(prompt.length, row.ended().promptTokens()));
        }
        return null;
    }

    private CompletableFuture<ReplayReport> running(Prepared prepared) {
        try {
            return new RequestReplays(
                            administration.generation(),
                            Optional.of(administration.scheduling()),
                            administration.models().vocabSize())
                    .replay(
                            prepared.row,
                            prepared.prompt,
                            prepared.choice,
                            prepared.call.prefixOwner());
        } catch (IllegalArgumentException e) {
            throw CommandRefusedException.of(
                    Kind.CONFLICT,
                    "Request '%s' cannot be run anew: %s."
                            .formatted(prepared.row.ended().id(), e.getMessage()));
        }
    }

    private ReplayedRequest answered(Prepared prepared, ReplayReport found, String actor) {
        var row = prepared.row.ended();
        var report = found;
        if (prepared.note != null) {
            report = report.noted(prepared.note);
        }
        var fingerprint = prepared.call.systemFingerprint();
        if (!fingerprint.equals(row.systemFingerprint())) {
            report =
                    report.noted(
                            "The request was computed by other arithmetic: its system_fingerprint is %s, that of the replay %s."
                                    .formatted(row.systemFingerprint(), fingerprint));
        }
        if (row.adapter() != null && row.weightsHash() == null) {
            report =
                    report.noted(
                            "The hash of the adapter's content was not known when the request ended, so nothing proves that it is the same.");
        }
        if (!row.status().equals("answered") || row.outcome().equals("cancelled")) {
            report =
                    report.noted(
                            "The request ended early (%s); the replay has as many tokens."
                                    .formatted(row.outcome()));
        }
        events.done(actor, "request.replay", row.id(), null, values(report));
        return new ReplayedRequest(prepared.row, prepared.choice, fingerprint, report);
    }

    private static Map<String, ?> values(ReplayReport report) {
        var values = new LinkedHashMap<String, Object>();
        values.put("verdict", report.verdict().word());
        var difference = report.difference();
        if (difference != null) {
            values.put("first_difference", difference.index());
        }
        return values;
    }
}
