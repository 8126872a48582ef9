package dev.freshet.proofs.simulation;

import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.Globals;
import org.luaj.vm2.LoadState;
import org.luaj.vm2.LuaClosure;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Prototype;
import org.luaj.vm2.Varargs;
import org.luaj.vm2.compiler.LuaC;
import org.luaj.vm2.lib.PackageLib;
import org.luaj.vm2.lib.StringLib;
import org.luaj.vm2.lib.TableLib;
import org.luaj.vm2.lib.VarArgFunction;
import org.luaj.vm2.lib.jse.JseBaseLib;
import org.luaj.vm2.lib.jse.JseMathLib;

/**
 * Runs the production's Lua scripts against a {@link RedisModel}, with values converted as Redis does. Texts hold one
 * byte a character (ISO 8859-1), so that binary values survive. For one thread.
 */
final class LuaRunner {

    private static final Pattern DIRECTIVE = Pattern.compile("%[-0-9.]*([dfs%])");

    private static final Pattern NUMBER = Pattern.compile("[-+]?[0-9]+(?:[.][0-9]*)?(?:[eE][-+]?[0-9]+)?");

    private final Globals globals = new Globals();
    private final Map<String, Prototype> compiled = new HashMap<>();
    private @Nullable RedisModel server;

    LuaRunner() {
        globals.load(new JseBaseLib());
        globals.load(new PackageLib());
        globals.load(new TableLib());
        globals.load(new StringLib());
        globals.load(new JseMathLib());
        LoadState.install(globals);
        LuaC.install(globals);
        // The library's own ignores the precision of %f.
        globals.get("string").set("format", function(LuaRunner::format));
        // Redis runs Lua 5.1, where this function is global.
        globals.set("unpack", globals.get("table").get("unpack"));
        // The library's own takes "-" for a number.
        globals.set("tonumber", function(arguments -> number(arguments.arg(1))));
        LuaTable redis = new LuaTable();
        redis.set("call", function(arguments -> {
            try {
                return command(arguments);
            } catch (RedisError e) {
                throw new LuaError(errorReply(e.getMessage()));
            }
        }));
        redis.set("pcall", function(arguments -> {
            try {
                return command(arguments);
            } catch (RedisError e) {
                return errorReply(e.getMessage());
            }
        }));
        redis.set("error_reply", function(arguments -> errorReply(text(arguments.arg(1)))));
        redis.set("sha1hex", function(arguments -> lua(sha1(text(arguments.arg(1))))));
        globals.set("redis", redis);
    }

    /**
     * Runs a script to its end, as one step.
     *
     * @return texts, numbers and lists of them
     * @throws RedisError if the script ends with one
     */
    @Nullable
    Object run(RedisModel on, SimulatedCall call) {
        server = on;
        LuaTable keys = new LuaTable();
        for (int i = 0; i < call.keys().size(); i++) {
            keys.set(i + 1, LuaString.valueOf(call.keys().get(i).getBytes(StandardCharsets.UTF_8)));
        }
        LuaTable arguments = new LuaTable();
        for (int i = 0; i < call.arguments().size(); i++) {
            arguments.set(i + 1, LuaString.valueOf(call.arguments().get(i)));
        }
        globals.set("KEYS", keys);
        globals.set("ARGV", arguments);
        try {
            return java(new LuaClosure(compiled.computeIfAbsent(call.script(), this::compile), globals).call());
        } catch (LuaError e) {
            LuaValue message = e.getMessageObject();
            throw new RedisError(
                    message != null && message.istable() ? text(message.get("err")) : "ERR " + e.getMessage());
        }
    }

    private Prototype compile(String text) {
        try {
            return globals.compilePrototype(new StringReader(text), "script");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private LuaValue command(Varargs arguments) {
        List<String> words = new ArrayList<>();
        for (int i = 1; i <= arguments.narg(); i++) {
            words.add(text(arguments.arg(i)));
        }
        return lua(Objects.requireNonNull(server).execute(words));
    }

    private static LuaTable errorReply(@Nullable String message) {
        LuaTable error = new LuaTable();
        error.set("err", lua(String.valueOf(message)));
        return error;
    }

    private static LuaValue number(LuaValue value) {
        if (value.type() == LuaValue.TNUMBER || !value.isstring()) {
            return value.type() == LuaValue.TNUMBER ? value : LuaValue.NIL;
        }
        String text = text(value).strip();
        return NUMBER.matcher(text).matches() ? LuaValue.valueOf(Double.parseDouble(text)) : LuaValue.NIL;
    }

    private static String sha1(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.ISO_8859_1));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Varargs format(Varargs arguments) {
        Matcher directive = DIRECTIVE.matcher(text(arguments.arg(1)));
        StringBuilder formatted = new StringBuilder();
        int next = 2;
        while (directive.find()) {
            String with =
                    switch (directive.group(1)) {
                        case "d" ->
                            String.format(
                                    Locale.ROOT,
                                    directive.group(),
                                    arguments.arg(next++).tolong());
                        case "f" ->
                            String.format(
                                    Locale.ROOT,
                                    directive.group(),
                                    arguments.arg(next++).todouble());
                        case "s" -> text(arguments.arg(next++));
                        default -> "%";
                    };
            directive.appendReplacement(formatted, Matcher.quoteReplacement(with));
        }
        directive.appendTail(formatted);
        return lua(formatted.toString());
    }

    private interface Body {
        Varargs call(Varargs arguments);
    }

    private static LuaValue function(Body body) {
        return new VarArgFunction() {
            @Override
            public Varargs invoke(Varargs arguments) {
                return body.call(arguments);
            }
        };
    }

    private static LuaValue lua(@Nullable Object value) {
        if (value == null) {
            return LuaValue.FALSE;
        } else if (value instanceof Long number) {
            return LuaValue.valueOf(number);
        } else if (value instanceof List<?> list) {
            LuaTable table = new LuaTable();
            for (int i = 0; i < list.size(); i++) {
                table.set(i + 1, lua(list.get(i)));
            }
            return table;
        }
        return LuaString.valueOf(value.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private static @Nullable Object java(LuaValue value) {
        if (value.istable()) {
            LuaValue error = value.get("err");
            if (!error.isnil()) {
                throw new RedisError(text(error));
            }
            List<@Nullable Object> list = new ArrayList<>();
            for (int i = 1; i <= value.length(); i++) {
                list.add(java(value.get(i)));
            }
            return list;
        } else if (value.isnil() || value.isboolean()) {
            return null;
        } else if (value.type() == LuaValue.TNUMBER) {
            return value.tolong();
        }
        return text(value);
    }

    private static String text(LuaValue value) {
        LuaString string = value.checkstring();
        byte[] bytes = new byte[string.m_length];
        string.copyInto(0, bytes, 0, bytes.length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
