package org.dlora.store.history;

import java.time.Duration;
import java.time.Instant;
import org.dlora.cluster.facts.PromptHash;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestOutcome;
import org.dlora.cluster.facts.ServedBase;
import org.dlora.cluster.history.DurationBand;
import org.dlora.cluster.history.KeptParameters;
import org.dlora.cluster.history.RequestParameters;
import org.dlora.replica.SequenceUsage;
import org.dlora.store.StoredText;
import org.jspecify.annotations.Nullable;

/** Maker of rows from the facts of requests. */
final class RequestRows {
    static final String ANSWERED = "answered";

    /** Characters of an answer that are kept. */
    private static final int ANSWER = 1_000_000;

    private RequestRows() {}

    /**
     * @param hasTexts whether texts of clients are kept
     */
    static RequestRow of(long key, RequestFacts facts, ServedBase base, boolean hasTexts) {
        var row = new RequestRow();
        row.id = key;
        row.base = base.content();
        row.fingerprint = base.fingerprint();
        row.numericMode = base.numericMode();
        name(row, facts);
        var times = facts.times();
        row.arrivedAt = times.arrived();
        row.queuedAt = times.queued();
        row.readyAt = times.adapterReady();
        row.firstTokenAt = times.firstToken();
        row.doneAt = times.done();
        row.begunAt = facts.trace().begun();
        row.course = CourseJson.of(facts.trace().course());
        row.ttftBand = word(DurationBand.of(times.arrived(), times.firstToken()));
        row.durationBand = word(DurationBand.of(times.arrived(), times.done()));
        row.ttftMs = milliseconds(times.arrived(), times.firstToken());
        row.durationMs = milliseconds(times.arrived(), times.done());
        row.status = status(facts.outcome());
        row.outcome = facts.outcome().word();
        row.migrations = facts.migrations();
        row.rescues = facts.rescues();
        count(row, facts.usage());
        var trace = facts.trace();
        row.part = trace.part();
        var request = trace.request();
        row.exact = request.exact();
        row.seed =
                request.sampling().seed().isPresent()
                        ? (Long) request.sampling().seed().getAsLong()
                        : null;
        var parameters = KeptParameters.json(RequestParameters.of(request), hasTexts);
        var kept = ParametersRow.of(StoredText.clean(parameters, parameters.length()), key);
        row.ownParameters = kept;
        row.parametersHash = kept.hash;
        row.promptHash = PromptHash.of(request.prompt());
        row.tokenHashes = trace.tokenHashes();
        var logprobs = trace.logprobs();
        row.tokenLogprobs = logprobs == null ? null : LogprobBytes.of(logprobs);
        var answer = trace.answer();
        if (answer != null) {
            row.promptIds = TokenBytes.of(request.prompt());
            row.outputIds = TokenBytes.of(answer.tokens());
            row.answer = StoredText.clean(answer.text(), ANSWER);
        }
        return row;
    }

    private static void name(RequestRow row, RequestFacts facts) {
        var trace = facts.trace();
        row.requestId = StoredText.name(facts.id());
        row.clientId = StoredText.nameOrNull(facts.clientId());
        row.apiKey = StoredText.nameOrNull(trace.apiKey());
        row.team = StoredText.nameOrNull(trace.team());
        row.endUser = StoredText.nameOrNull(trace.endUser());
        row.model = StoredText.name(facts.model());
        row.adapter = StoredText.nameOrNull(trace.adapter());
        row.alias = StoredText.nameOrNull(trace.alias());
        row.versionNumber = trace.number();
        row.versionHash = facts.version();
        row.replicas = StoredText.name(String.join(",", trace.replicas()));
    }

    private static void count(RequestRow row, SequenceUsage usage) {
        row.promptTokens = usage.promptTokens();
        row.cachedTokens = usage.cachedTokens();
        row.outputTokens = usage.outputTokens();
        row.preemptions = usage.preemptions();
        row.stepsUnmerged = usage.steps().unmerged();
        row.stepsMerged = usage.steps().merged();
        row.stepsMixed = usage.steps().mixed();
    }

    private static @Nullable String word(@Nullable DurationBand band) {
        return band == null ? null : band.word();
    }

    private static @Nullable Long milliseconds(Instant from, @Nullable Instant to) {
        return to == null ? null : (Long) Duration.between(from, to).toMillis();
    }

    private static String status(RequestOutcome outcome) {
        return switch (outcome) {
            case RequestOutcome.Answered _ -> ANSWERED;
            case RequestOutcome.Broke _ -> "failed";
            case RequestOutcome.TurnedAway _ -> "refused";
        };
    }
}
