package org.dlora.api.openai.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A whole answer by its parts.
 *
 * @param reasoning empty if there is none
 * @param reasoningTokens tokens between the tags, if the answer was read by its tokens
 * @param content text for the user, calls that are not well formed among it
 */
public record WholeAnswer(
        Optional<String> reasoning, int reasoningTokens, String content, List<Call> calls) {

    /** A call; {@code arguments} are one JSON value. */
    public record Call(String name, String arguments) {}

    /** Reads a whole answer of one piece. */
    public static WholeAnswer read(AnswerFormat format, String text) {
        return read(format, List.of(), text, false);
    }

    /**
     * Reads a whole answer.
     *
     * @param tokens text of each token
     * @param rest the text after them
     * @param isCut whether the answer's tokens ran out
     */
    public static WholeAnswer read(
            AnswerFormat format, List<String> tokens, String rest, boolean isCut) {
        var reader = format.reader();
        var parts = new ArrayList<AnswerPart>();
        tokens.forEach(token -> parts.addAll(reader.addToken(token)));
        parts.addAll(reader.add(rest));
        parts.addAll(reader.end(isCut));
        return of(parts, reader.reasoningTokens());
    }

    private static WholeAnswer of(List<AnswerPart> parts, int reasoningTokens) {
        var reasoning = new StringBuilder();
        var content = new StringBuilder();
        var names = new ArrayList<String>();
        var arguments = new ArrayList<StringBuilder>();
        for (var part : parts) {
            switch (part) {
                case AnswerPart.Reasoning thoughts -> reasoning.append(thoughts.text());
                case AnswerPart.Content text -> content.append(text.text());
                case AnswerPart.CallBegun begun -> {
                    names.add(begun.name());
                    arguments.add(new StringBuilder());
                }
                case AnswerPart.Arguments more -> arguments.getLast().append(more.text());
                case AnswerPart.CallBroken broken -> {
                    names.removeLast();
                    arguments.removeLast();
                    content.append(broken.text());
                }
            }
        }
        return new WholeAnswer(
                reasoning.isEmpty() ? Optional.empty() : Optional.of(reasoning.toString()),
                reasoningTokens,
                content.toString(),
                IntStream.range(0, names.size())
                        .mapToObj(i -> new Call(names.get(i), arguments.get(i).toString()))
                        .toList());
    }
}
