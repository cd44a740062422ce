package org.dlora.api.admin.history;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.dlora.api.openai.RepeatedPrompt;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.openai.call.Serving;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.HttpSettings;
import org.dlora.catalogue.ReplayFailedException;
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
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Replays of ended requests: each is run anew, and its answers are compared. */
public final class Replays {
    private final Serving serving;
    private final Administration administration;
    private final ObjectProvider<History> histories;
    private final ClusterEvents events;
    private final HttpSettings settings;

    /**
     * @param histories none or one
     */
    Replays(
            Serving serving,
            Administration administration,
            ObjectProvider<History> histories,
            ClusterEvents events,
            HttpSettings settings) {
        this.serving = serving;
        this.administration = administration;
        this.histories = histories;
        this.events = events;
        this.settings = settings;
    }

    /**
     * A request that can be run anew.
     *
     * @param note on what the prompt does not prove, null if it is the request's
     */
    public record Prepared(
            ServedModel served,
            Access access,
            RequestRecord row,
            @Nullable VersionChoice choice,
            int[] prompt,
            @Nullable String note) {}

    /**
     * Finds a request and what it takes to run it anew. Waits for the database.
     *
     * @param json body of the request, where its prompt is not kept; else an object without members
     * @throws ApiException if it cannot be run anew
     */
    public Prepared prepare(String id, ObjectNode json, Access access) {
        var _ = administration.scheduling();
        var served = serving.require();
        var row =
                HistoryLists.history(histories)
                        .request(id)
                        .orElseThrow(() -> HistoryController.noSuch(id));
        var choice = choice(row, served);
        var text = row.text();
        if (json.isEmpty()) {
            if (text == null) {
                throw ApiException.invalid(
                        null,
                        "The prompt of request '%s' is not kept (dlora.history.store-text was false): send the body of the request again."
                                .formatted(id));
            }
            return new Prepared(served, access, row, choice, text.prompt(), null);
        }
        var prompt =
                RepeatedPrompt.read(
                        json, row.ended(), served, access, choice, settings.clock().getZone());
        return new Prepared(served, access, row, choice, prompt, checked(row, prompt));
    }

    /**
     * Runs a request anew, and notes it in the audit.
     *
     * @param actor caller who asks for it
     */
    public Mono<ReplayBody> run(Prepared prepared, String actor) {
        return Mono.fromFuture(() -> replays(prepared))
                .onErrorMap(Replays::answer)
                .map(report -> answered(prepared, report, actor));
    }

    /** Returns the version that answered; null for the base model. */
    private static @Nullable VersionChoice choice(RequestRecord row, ServedModel served) {
        var adapter = row.ended().adapter();
        if (adapter == null) {
            return null;
        }
        try {
            return new EarlierVersion(adapter, row.ended().weightsHash(), row.ended().version())
                    .in(served.models().catalogue());
        } catch (NoSuchAdapterException e) {
            throw ApiException.of(
                    HttpStatus.CONFLICT,
                    "%s, so its request cannot be run anew. Load it again, then replay."
                            .formatted(e.getMessage()));
        } catch (VersionGoneException e) {
            throw ApiException.of(HttpStatus.GONE, e.getMessage() + ".");
        }
    }

    /** Checks a prompt that was sent again against the hash that is kept of the request's. */
    private static @Nullable String checked(RequestRecord row, int[] prompt) {
        var kept = row.promptHash();
        if (kept == null) {
            return "No hash of the request's prompt is kept, so nothing proves that the prompt is the same.";
        }
        if (!kept.equals(PromptHash.of(prompt))) {
            throw ApiException.invalid(
                    null,
                    "The body makes a prompt of %d tokens that does not have the hash of the request's prompt of %d tokens. Send the body of the request as it was."
                            .formatted(prompt.length, row.ended().promptTokens()));
        }
        return null;
    }

    private CompletableFuture<ReplayReport> replays(Prepared prepared) {
        var served = prepared.served;
        try {
            return new RequestReplays(
                            served.generation(),
                            Optional.of(administration.scheduling()),
                            served.models().base().spec().vocabSize())
                    .replay(
                            prepared.row,
                            prepared.prompt,
                            prepared.choice,
                            served.prefixOwner(prepared.access));
        } catch (IllegalArgumentException e) {
            throw ApiException.of(
                    HttpStatus.CONFLICT,
                    "Request '%s' cannot be run anew: %s."
                            .formatted(prepared.row.ended().id(), e.getMessage()));
        } catch (RuntimeException e) {
            throw ApiException.refused(e);
        }
    }

    private static Throwable answer(Throwable failure) {
        var cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return switch (cause) {
            case ReplayFailedException failed -> ApiException.failed(failed.failure());
            case RuntimeException refusal -> ApiException.refused(refusal);
            case null -> failure;
            default -> cause;
        };
    }

    private ReplayBody answered(Prepared prepared, ReplayReport found, String actor) {
        var row = prepared.row.ended();
        var report = found;
        if (prepared.note != null) {
            report = report.noted(prepared.note);
        }
        var fingerprint = prepared.served.systemFingerprint();
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
        return ReplayBody.of(
                prepared.row,
                prepared.choice,
                fingerprint,
                report,
                prepared.served.models().base().tokenizer());
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
