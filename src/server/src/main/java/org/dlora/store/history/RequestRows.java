package org.dlora.store.history;

import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.history.KeptParameters;
import org.dlora.catalogue.history.RequestParameters;
import org.dlora.cluster.facts.PromptHash;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestOutcome;
import org.dlora.cluster.facts.ServedBase;
import org.dlora.store.StoredText;

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
        var row = new RequestRow(base.content(), ended(key, facts, base));
        var trace = facts.trace();
        var request = trace.request();
        row.part = trace.part();
        row.course = CourseJson.of(trace.course());
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

    private static EndedRequest ended(long key, RequestFacts facts, ServedBase base) {
        var trace = facts.trace();
        var times = facts.times();
        var usage = facts.usage();
        var seed = trace.request().sampling().seed();
        return new EndedRequest(
                key,
                StoredText.name(facts.id()),
                StoredText.nameOrNull(facts.clientId()),
                StoredText.nameOrNull(trace.apiKey()),
                StoredText.nameOrNull(trace.team()),
                StoredText.nameOrNull(trace.endUser()),
                StoredText.name(facts.model()),
                StoredText.nameOrNull(trace.adapter()),
                StoredText.nameOrNull(trace.alias()),
                trace.number(),
                facts.version(),
                trace.replicas(),
                base.fingerprint(),
                base.numericMode(),
                times.arrived(),
                times.queued(),
                times.adapterReady(),
                trace.begun(),
                times.firstToken(),
                times.done(),
                status(facts.outcome()),
                facts.outcome().word(),
                usage.promptTokens(),
                usage.cachedTokens(),
                usage.outputTokens(),
                facts.migrations(),
                facts.rescues(),
                usage.preemptions(),
                usage.steps().unmerged(),
                usage.steps().merged(),
                usage.steps().mixed(),
                trace.request().exact(),
                seed.isPresent() ? (Long) seed.getAsLong() : null);
    }

    private static String status(RequestOutcome outcome) {
        return switch (outcome) {
            case RequestOutcome.Answered _ -> ANSWERED;
            case RequestOutcome.Broke _ -> "failed";
            case RequestOutcome.TurnedAway _ -> "refused";
        };
    }
}
