package org.dlora.store.history;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestOutcome;
import org.dlora.cluster.facts.ServedBase;
import org.dlora.replica.GenerationRequest;
import org.dlora.replica.SequenceUsage;
import tools.jackson.databind.json.JsonMapper;

/** Maker of rows from the facts of requests. */
final class RequestRows {
    static final String ANSWERED = "answered";

    /** Characters of an answer that are kept. */
    private static final int ANSWER = 1_000_000;

    private static final JsonMapper JSON = new JsonMapper();

    private RequestRows() {}

    static RequestRow of(long key, RequestFacts facts, ServedBase base) {
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
        row.status = status(facts.outcome());
        row.outcome = facts.outcome().word();
        row.migrations = facts.migrations();
        row.rescues = facts.rescues();
        count(row, facts.usage());
        var trace = facts.trace();
        var request = trace.request();
        row.exact = request.exact();
        row.seed =
                request.sampling().seed().isPresent()
                        ? (Long) request.sampling().seed().getAsLong()
                        : null;
        row.parameters = JSON.writeValueAsString(parameters(request));
        row.tokenHashes = trace.tokenHashes();
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

    private static String status(RequestOutcome outcome) {
        return switch (outcome) {
            case RequestOutcome.Answered _ -> ANSWERED;
            case RequestOutcome.Broke _ -> "failed";
            case RequestOutcome.TurnedAway _ -> "refused";
        };
    }

    private static Map<String, Object> parameters(GenerationRequest request) {
        var sampling = request.sampling();
        var stop = request.stop();
        var all = new LinkedHashMap<String, Object>();
        all.put("temperature", sampling.temperature());
        all.put("top_p", sampling.topP());
        all.put("top_k", sampling.topK());
        all.put("min_p", sampling.minP());
        all.put("presence_penalty", sampling.presencePenalty());
        all.put("frequency_penalty", sampling.frequencyPenalty());
        all.put("repetition_penalty", sampling.repetitionPenalty());
        all.put("logit_bias", sampling.logitBias());
        all.put("max_tokens", stop.maxTokens());
        all.put("min_tokens", stop.minTokens());
        all.put("ignore_eos", stop.ignoreEos());
        all.put("stop_token_ids", stop.stopTokens());
        all.put("stop", stop.stopStrings().stream().map(RequestRows::clean).toList());
        all.put("include_stop_str_in_output", stop.includeStop());
        all.put("logprobs", request.logprobs());
        all.put("skip_special_tokens", request.skipSpecialTokens());
        all.put("continues_prompt", request.continuesPrompt());
        return all;
    }

    private static String clean(String text) {
        return StoredText.clean(text, text.length());
    }
}
