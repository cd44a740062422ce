package org.dlora.api.openai.completion;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.api.openai.answer.Chunks;
import org.dlora.api.openai.answer.LateLabel;
import org.dlora.api.openai.answer.StreamUsage;
import org.dlora.api.openai.answer.Transcript;
import org.dlora.api.openai.call.Call;
import org.dlora.api.openai.call.RunningCall;
import org.dlora.api.web.ApiException;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Prompt;
import org.dlora.replica.request.GenerationEvent.Token;
import org.jspecify.annotations.Nullable;

/**
 * Chunks of a streamed text completion: for each choice the echoed prompt, texts, and the finish
 * reason with the last token. Echo and final token counts come only if the request asks for them.
 */
final class CompletionChunks implements Chunks {
    private final CompletionCall completion;
    private final Call call;
    private final StreamUsage usage;
    private final LateLabel label;
    private final boolean[] begun;
    private final @Nullable Token[] last;
    private final List<CompletionLogprobs.Writer> logprobs;

    CompletionChunks(CompletionCall completion) {
        this.completion = completion;
        this.call = completion.call();
        this.usage = new StreamUsage(call);
        this.label = new LateLabel(call.selected());
        this.begun = new boolean[call.sequences().size()];
        this.last = new Token[begun.length];
        this.logprobs =
                IntStream.range(0, begun.length).mapToObj(completion::logprobsWriter).toList();
    }

    @Override
    public List<?> on(RunningCall.Emission emission) {
        int index = emission.index();
        var chunks = new ArrayList<CompletionChunk>();
        switch (emission.event()) {
            case Prompt prompt -> {
                var written = logprobs.get(index).prompt(prompt.logprobs());
                begin(index, chunks, completion.logprobs() ? written : null);
            }
            case Token token -> {
                begin(index, chunks, null);
                if (token.ends()) {
                    last[index] = token;
                } else if (!completion.promptOnly()) {
                    usage.count(index);
                    if (tells(token)) {
                        chunks.add(text(index, token));
                    }
                }
            }
            case Finished finished -> {
                begin(index, chunks, null);
                usage.set(
                        index,
                        completion.promptOnly() ? 0 : finished.outputTokens(),
                        finished.cachedTokens());
                chunks.add(finish(index, finished).naming(label.now()));
            }
            case Failed failed -> throw ApiException.failed(failed);
        }
        return chunks;
    }

    @Override
    public List<?> end() {
        return call.options().usage()
                ? List.of(CompletionChunk.of(call, List.of(), usage.total()).timed(call.timings()))
                : List.of();
    }

    private void begin(
            int index, List<CompletionChunk> chunks, @Nullable CompletionLogprobs prompt) {
        if (begun[index]) {
            return;
        }
        begun[index] = true;
        var text = completion.before(index);
        var promptTokens = completion.promptTokenIds(index);
        if (!text.isEmpty() || prompt != null || promptTokens != null) {
            chunks.add(
                    chunk(
                            index,
                            new CompletionChunk.Choice(
                                    index,
                                    text,
                                    prompt,
                                    null,
                                    null,
                                    completion.tokenIds(List.of()),
                                    promptTokens)));
        }
    }

    private boolean tells(Token token) {
        return !token.text().isEmpty()
                || token.logprobs() != null
                || call.options().tokenIds()
                || call.options().continuousUsage();
    }

    private CompletionChunk text(int index, Token token) {
        return chunk(
                index,
                new CompletionChunk.Choice(
                        index,
                        token.text(),
                        logprobs(index, token),
                        null,
                        null,
                        completion.tokenIds(List.of(token.token())),
                        null));
    }

    private CompletionChunk finish(int index, Finished finished) {
        boolean silent = completion.promptOnly();
        var token = silent ? null : last[index];
        return chunk(
                index,
                new CompletionChunk.Choice(
                        index,
                        silent ? "" : (token == null ? "" : token.text()) + finished.text(),
                        token == null ? null : logprobs(index, token),
                        silent ? "length" : Transcript.finishReason(finished.reason()),
                        silent ? null : finished.stop(),
                        completion.tokenIds(token == null ? List.of() : List.of(token.token())),
                        null));
    }

    private @Nullable CompletionLogprobs logprobs(int index, Token token) {
        var entry = token.logprobs();
        return entry == null ? null : logprobs.get(index).answer(List.of(entry));
    }

    private CompletionChunk chunk(int index, CompletionChunk.Choice choice) {
        return CompletionChunk.of(call, List.of(choice), usage.of(index));
    }
}
