package org.dlora.api.openai.tools;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A whole answer by its parts.
 *
 * @param reasoning empty if there is none
 * @param content text for the user, calls that are not well formed among it
 */
public record WholeAnswer(Optional<String> reasoning, String content, List<Call> calls) {

    /** A call; {@code arguments} are one JSON value. */
    public record Call(String name, String arguments) {}

    /** Reads a whole answer. */
    public static WholeAnswer read(AnswerFormat format, String text) {
        var reader = format.reader();
        var parts = new ArrayList<>(reader.add(text));
        parts.addAll(reader.end());
        return of(parts);
    }

    private static WholeAnswer of(List<AnswerPart> parts) {
        var reasoning = new StringBuilder();
        var content = new StringBuilder();
        var calls = new ArrayList<Call>();
        for (var part : parts) {
            switch (part) {
                case AnswerPart.Reasoning thoughts -> reasoning.append(thoughts.text());
                case AnswerPart.Content text -> content.append(text.text());
                case AnswerPart.CallBegun begun -> calls.add(new Call(begun.name(), ""));
                case AnswerPart.Arguments more -> {
                    var call = calls.removeLast();
                    calls.add(new Call(call.name(), call.arguments() + more.text()));
                }
                case AnswerPart.CallBroken broken -> {
                    calls.removeLast();
                    content.append(broken.text());
                }
            }
        }
        return new WholeAnswer(
                reasoning.isEmpty() ? Optional.empty() : Optional.of(reasoning.toString()),
                content.toString(),
                calls);
    }
}
