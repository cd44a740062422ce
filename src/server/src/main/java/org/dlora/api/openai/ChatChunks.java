package org.dlora.api.openai;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.dlora.api.openai.tools.AnswerFormat;
import org.dlora.api.openai.tools.AnswerPart;
import org.dlora.api.openai.tools.AnswerReader;
import org.dlora.replica.FinishReason;
import org.dlora.replica.GenerationEvent.Failed;
import org.dlora.replica.GenerationEvent.Finished;
import org.dlora.replica.GenerationEvent.Prompt;
import org.dlora.replica.GenerationEvent.Token;
import org.jspecify.annotations.Nullable;

/**
 * Chunks of a streamed chat answer: the role of each choice, its texts, reasoning and tool calls,
 * its finish reason with the last token. Token counts follow if the request asks for them.
 */
final class ChatChunks implements Chunks {
    private final Call call;
    private final StreamUsage usage;
    private final LateLabel label;
    private final AnswerFormat format;
    private final String echoed;
    private final List<AnswerReader> readers;
    private final BitSet called = new BitSet();
    private final @Nullable Token[] last;
    private boolean begun;

    /**
     * @param echoed text that each choice begins with
     */
    ChatChunks(Call call, AnswerFormat format, String echoed) {
        this.call = call;
        this.format = format;
        this.echoed = echoed;
        readers = call.sequences().stream().map(_ -> format.reader()).toList();
        last = new Token[readers.size()];
        this.usage = new StreamUsage(call);
        this.label = new LateLabel(call.selected());
    }

    @Override
    public List<?> on(RunningCall.Emission emission) {
        int index = emission.index();
        var chunks = new ArrayList<ChatChunk>();
        switch (emission.event()) {
            case Prompt _ -> {}
            case Token token when token.ends() -> {
                begin(chunks);
                last[index] = token;
            }
            case Token token -> {
                begin(chunks);
                usage.count(index);
                var delta = read(index, readers.get(index).addToken(token.text()));
                if (delta.isMore() || tells(token)) {
                    chunks.add(chunk(index, choice(index, token, delta)));
                }
            }
            case Finished finished -> {
                begin(chunks);
                usage.set(index, finished.outputTokens(), finished.cachedTokens());
                chunks.add(chunk(index, finish(index, finished)).naming(label.now()));
            }
            case Failed failed -> throw ApiException.failed(failed);
        }
        return chunks;
    }

    @Override
    public List<?> end() {
        return call.options().usage()
                ? List.of(ChatChunk.of(call, List.of(), total(), null).timed(call.timings()))
                : List.of();
    }

    private Usage total() {
        return usage.total()
                .withReasoning(format, readers.stream().mapToInt(AnswerReader::reasoningTokens));
    }

    // With the first token, so that clients measure the time to it as TTFT.
    private void begin(List<ChatChunk> chunks) {
        if (begun) {
            return;
        }
        begun = true;
        for (int i = 0; i < call.sequences().size(); i++) {
            var delta = ChatChunk.Delta.of("assistant", "");
            var choice = new ChatChunk.Choice(i, delta, null, null, null, null);
            chunks.add(
                    ChatChunk.of(
                            call, List.of(choice), usage.of(i), i == 0 ? promptTokens() : null));
            if (!echoed.isEmpty()) {
                var text = ChatChunk.Delta.of(null, echoed);
                chunks.add(chunk(i, new ChatChunk.Choice(i, text, null, null, null, null)));
            }
        }
    }

    // A token without text (held back, or part of a character) is silent unless something else was
    // asked for.
    private boolean tells(Token token) {
        return token.logprobs() != null
                || call.options().tokenIds()
                || call.options().continuousUsage();
    }

    private AnswerDelta read(int index, List<AnswerPart> parts) {
        var delta = AnswerDelta.of(format, parts);
        if (delta.begins()) {
            called.set(index);
        }
        return delta;
    }

    private ChatChunk.Choice choice(int index, Token token, AnswerDelta delta) {
        return new ChatChunk.Choice(
                index,
                delta.isMore() ? delta.delta() : ChatChunk.Delta.of(null, ""),
                logprobs(token),
                null,
                null,
                call.options().tokenIds() ? List.of(token.token()) : null);
    }

    private @Nullable ChatLogprobs logprobs(Token token) {
        var logprobs = token.logprobs();
        return logprobs == null ? null : ChatLogprobs.of(TokenNames.of(call), List.of(logprobs));
    }

    private ChatChunk.Choice finish(int index, Finished finished) {
        var token = last[index];
        var reader = readers.get(index);
        var parts = new ArrayList<AnswerPart>();
        if (token != null) {
            parts.addAll(reader.addToken(token.text()));
        }
        parts.addAll(reader.add(finished.text()));
        parts.addAll(reader.end(finished.reason() == FinishReason.LENGTH));
        var delta = read(index, parts);
        return new ChatChunk.Choice(
                index,
                delta.isMore() || token == null || !tells(token)
                        ? delta.delta()
                        : ChatChunk.Delta.of(null, ""),
                token == null ? null : logprobs(token),
                ChatFinish.reason(format, finished.reason(), called.get(index)),
                finished.stop(),
                call.options().tokenIds()
                        ? (token == null ? List.of() : List.of(token.token()))
                        : null);
    }

    private ChatChunk chunk(int index, ChatChunk.Choice choice) {
        return ChatChunk.of(call, List.of(choice), usage.of(index), null);
    }

    private int @Nullable [] promptTokens() {
        return call.options().tokenIds() ? call.promptOf(0) : null;
    }
}
