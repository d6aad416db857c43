//! What a parser keeps between reads: the unfinished operation and nothing else.

use std::ops::ControlFlow;

use protocol::{Handler, Limits, Op, Parsed, Parser};

use crate::LIMITS;

struct Count(usize);

impl Handler for Count {
    type Stop = ();

    fn op(&mut self, _: Op<'_>) -> ControlFlow<()> {
        self.0 += 1;
        ControlFlow::Continue(())
    }

    fn limits(&self) -> Limits {
        LIMITS
    }
}

fn feed(parser: &mut Parser, handler: &mut Count, bytes: &[u8]) {
    assert_eq!(parser.parse(bytes, handler), Ok(Parsed::NeedMore));
}

#[test]
fn a_parser_with_nothing_unfinished_owns_no_memory() {
    let mut parser = Parser::new();
    let mut handler = Count(0);
    let message = [b"PUB a 100000\r\n".as_slice(), &[b'x'; 100_000], b"\r\n"].concat();
    for cut in [3, 20, 60_000, message.len() - 1] {
        feed(&mut parser, &mut handler, &message[..cut]);
        assert_eq!(parser.buffered(), cut);
        feed(&mut parser, &mut handler, &message[cut..]);
        assert_eq!((parser.buffered(), parser.reserved()), (0, 0));
    }
    assert_eq!(handler.0, 4);
}

#[test]
fn an_announced_payload_reserves_little_until_it_comes() {
    let mut parser = Parser::new();
    let mut handler = Count(0);
    feed(&mut parser, &mut handler, b"PUB a 1000000\r\n");
    assert!(
        parser.reserved() <= 8192,
        "{} bytes for a promise",
        parser.reserved()
    );
    let mut sent = 0;
    while sent < 1_000_000 {
        feed(&mut parser, &mut handler, &[b'x'; 10_000]);
        sent += 10_000;
        let most = (2 * parser.buffered()).clamp(8192, 1_000_000 + 17);
        assert!(
            parser.reserved() <= most,
            "{} for {}",
            parser.reserved(),
            parser.buffered()
        );
    }
    feed(&mut parser, &mut handler, b"\r\n");
    assert_eq!((handler.0, parser.buffered(), parser.reserved()), (1, 0, 0));
}

#[test]
fn the_start_of_a_small_operation_does_not_keep_the_room_of_a_large_one() {
    let mut parser = Parser::new();
    let mut handler = Count(0);
    feed(&mut parser, &mut handler, b"PUB a 1000000\r\n");
    feed(&mut parser, &mut handler, &[b'x'; 1_000_000]);
    feed(&mut parser, &mut handler, b"\r\nPUB b 1");
    assert_eq!((handler.0, parser.buffered()), (1, 7));
    assert!(
        parser.reserved() <= 4096,
        "{} bytes kept",
        parser.reserved()
    );
}
