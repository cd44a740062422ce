package org.dlora.api.openai.completion;

import java.util.List;
import java.util.stream.IntStream;
import org.dlora.api.openai.answer.PromptScore;
import org.dlora.api.openai.answer.TokenNames;
import org.dlora.api.openai.answer.Transcript;
import org.dlora.api.openai.call.Call;
import org.dlora.replica.request.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * A text completion, with the options of its answer.
 *
 * @param topLogprobs likeliest tokens to show for each one, -1 = no log-probabilities
 * @param promptLogprobs likeliest tokens at each place of the prompt, -1 = none
 * @param promptOnly {@code max_tokens: 0}: one token is sampled all the same, and left out
 * @param echo whether the answer begins with the prompt
 * @param echoes text in front of the answers, for each prompt
 */
record CompletionCall(
        Call call,
        int topLogprobs,
        int promptLogprobs,
        boolean promptOnly,
        boolean echo,
        List<Echo> echoes) {

    Completion whole(List<Transcript> transcripts) {
        var outputTokens = transcripts.stream().mapToInt(t -> promptOnly ? 0 : t.outputTokens());
        return Completion.of(
                call,
                IntStream.range(0, transcripts.size())
                        .mapToObj(i -> choice(i, transcripts.get(i)))
                        .toList(),
                call.usage(outputTokens, i -> transcripts.get(i).cachedTokens()));
    }

    /** Returns the text in front of the answer of {@code sequence}. */
    String before(int sequence) {
        return echoOf(sequence).text();
    }

    private Echo echoOf(int sequence) {
        return echoes.get(sequence / call.options().choices());
    }

    CompletionLogprobs.Writer logprobsWriter(int sequence) {
        return new CompletionLogprobs.Writer(
                TokenNames.of(call),
                call.promptOf(sequence),
                echoOf(sequence),
                call.options().skipSpecialTokens(),
                topLogprobs,
                !call.options().logprobTokens().isEmpty());
    }

    boolean logprobs() {
        return topLogprobs >= 0;
    }

    private Completion.Choice choice(int index, Transcript said) {
        return new Completion.Choice(
                index,
                before(index) + (promptOnly ? "" : said.text()),
                logprobs() ? logprobs(index, said) : null,
                promptOnly ? "length" : said.finishReason(),
                promptOnly ? null : said.stop(),
                promptLogprobs < 0
                        ? null
                        : PromptScore.list(
                                call.served().tokenizer(), said.promptLogprobs(), promptLogprobs),
                tokenIds(promptOnly ? List.of() : said.tokens()),
                promptTokenIds(index));
    }

    private CompletionLogprobs logprobs(int index, Transcript said) {
        var writer = logprobsWriter(index);
        var tokens = promptOnly ? List.<TokenLogprobs>of() : said.logprobs();
        return echo
                ? writer.prompt(said.promptLogprobs()).and(writer.answer(tokens))
                : writer.answer(tokens);
    }

    @Nullable List<Integer> tokenIds(List<Integer> tokens) {
        return call.options().tokenIds() ? tokens : null;
    }

    int @Nullable [] promptTokenIds(int index) {
        return call.options().tokenIds() ? call.promptOf(index) : null;
    }
}
