package org.dlora.api.openai.tools;

import java.util.LinkedHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A call that is written as in Python, with literals by name: {@code f(a=1, b="x")}.
 *
 * @param arguments as JSON
 */
record PythonCall(String name, String arguments) {
    private static final Pattern NAME = Pattern.compile("\\s*([A-Za-z_][\\w.]*)\\s*\\(");
    private static final Pattern PARAMETER = Pattern.compile("\\s*([A-Za-z_]\\w*)\\s*=");

    /** Returns the call in {@code text}, which has nothing else; null if it is no such call. */
    static @Nullable PythonCall parse(String text) {
        var head = NAME.matcher(text);
        if (!head.lookingAt()) {
            return null;
        }
        var arguments = new LinkedHashMap<String, String>();
        var literals = new PythonLiteral(text, head.end());
        while (!literals.take(')')) {
            var parameter = PARAMETER.matcher(text).region(literals.at(), text.length());
            if (!parameter.lookingAt()) {
                return null;
            }
            literals = new PythonLiteral(text, parameter.end());
            var value = literals.next();
            if (value == null || arguments.put(parameter.group(1), value) != null) {
                return null;
            }
            if (!literals.take(',') && !isClosed(text, literals)) {
                return null;
            }
        }
        literals.skipSpace();
        return literals.at() == text.length()
                ? new PythonCall(head.group(1), json(arguments))
                : null;
    }

    private static boolean isClosed(String text, PythonLiteral literals) {
        literals.skipSpace();
        return literals.at() < text.length() && text.charAt(literals.at()) == ')';
    }

    private static String json(LinkedHashMap<String, String> arguments) {
        return arguments.entrySet().stream()
                .map(one -> PythonLiteral.quote(one.getKey()) + ": " + one.getValue())
                .collect(Collectors.joining(", ", "{", "}"));
    }
}
