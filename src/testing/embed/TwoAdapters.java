import java.nio.file.Path;
import org.dlora.engine.embed.DloraEngine;
import org.dlora.engine.embed.EngineChat;
import org.dlora.engine.embed.EngineOptions;

/** Two adapters of the demo model answer in one batch; the argument is the demo's folder. */
public final class TwoAdapters {
    private TwoAdapters() {}

    public static void main(String[] arguments) {
        var demo = Path.of(arguments[0]);
        var options =
                EngineOptions.DEFAULT
                        .withAdapter("upper", demo.resolve("adapters/upper"))
                        .withAdapter("rot13", demo.resolve("adapters/rot13"));
        try (var engine = DloraEngine.open(demo.resolve("model"), options)) {
            var text = "The quick brown fox";
            var upper = engine.submit(EngineChat.of("upper", text), _ -> {});
            var rot13 = engine.submit(EngineChat.of("rot13", text), _ -> {});
            System.out.println(upper.join().text());
            System.out.println(rot13.join().text());
        }
    }
}
