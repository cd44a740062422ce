package org.dlora.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Random;
import org.dlora.constraint.ConstraintDefinition.AnyOf;
import org.dlora.constraint.ConstraintDefinition.Choice;
import org.dlora.constraint.ConstraintDefinition.Grammar;
import org.dlora.constraint.ConstraintDefinition.JsonObject;
import org.dlora.constraint.ConstraintDefinition.JsonSchema;
import org.dlora.constraint.ConstraintDefinition.Regex;
import org.dlora.constraint.ConstraintDefinition.Repeated;
import org.dlora.constraint.ConstraintDefinition.Sequence;
import org.dlora.constraint.ConstraintDefinition.Text;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** Definitions of all kinds: as JSON, and what they allow. */
class ConstraintFormatTest {
    private static final JsonMapper JSON = new JsonMapper();

    /** Calls of tools, as a chat template writes them. */
    private static final ConstraintDefinition CALLS =
            new Repeated(
                    new Sequence(
                            List.of(
                                    new Text("<call>{\"name\": "),
                                    new AnyOf(
                                            List.of(
                                                    new Choice(List.of("\"f\"", "\"g\"")),
                                                    new Regex("\"h[0-9]\""))),
                                    new Text(", \"arguments\": "),
                                    new JsonSchema("{\"type\":\"object\",\"required\":[\"x\"]}"),
                                    new Text("}</call>"))),
                    1,
                    2,
                    "\n");

    @Test
    void allKindsSurviveJson() {
        for (var definition :
                List.of(
                        CALLS,
                        new JsonObject(),
                        new Repeated(new JsonObject(), 0, null, ","),
                        new Grammar("root ::= \"x\""),
                        new Text(""))) {
            var json = ConstraintFormat.write(definition).toString();
            assertThat(ConstraintFormat.read(JSON.readTree(json))).isEqualTo(definition);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ConstraintFormat.read(JSON.readTree("{\"x\": 1}")));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ConstraintFormat.read(JSON.readTree("{}")));
    }

    @Test
    void callsOfToolsCanBeForced() {
        var vocabulary = TestVocabulary.random(new Random(1));
        var constraint = vocabulary.compiler().compile(CALLS);
        var one = "<call>{\"name\": \"h7\", \"arguments\": {\"x\": [1]}}</call>";
        assertThat(isComplete(constraint, one)).isTrue();
        assertThat(isComplete(constraint, one + "\n" + one)).isTrue();
        assertThat(isComplete(constraint, one + "\n" + one + "\n" + one)).isFalse();
        assertThat(isComplete(constraint, one.replace("h7", "f"))).isTrue();
        assertThat(isComplete(constraint, one.replace("h7", "k"))).isFalse();
        assertThat(isComplete(constraint, one.replace("\"x\"", "\"y\""))).isFalse();
        assertThat(isComplete(constraint, "")).isFalse();
    }

    private static boolean isComplete(Constraint constraint, String text) {
        var state =
                constraint.accept(
                        constraint.start(), text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return state != null && state.isComplete();
    }
}
